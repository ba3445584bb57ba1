"""Ctrl-C while a network trains: the epoch is finished first, so that what is kept is whole."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

Asked = Callable[[], bool]
_current: list[Asked] = []  # of the outermost block that is running
_twice = threading.Event()  # pressed again in that block: threads, which no signal reaches, look here


def give_up_if_pressed() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed again: for threads, between calls of compiled code."""
    if _twice.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def deferred() -> Iterator[Asked]:
    """While the block runs, the first SIGINT only makes what is yielded say True; the second interrupts.

    A call of compiled code ends first, which takes half a second or the time of one batch; its threads end likewise.
    A block within a block is asked with it. In a thread other than the main one, or where somebody else handles the
    signal, nothing changes.
    """
    if _current or not _ours():
        yield _current[0] if _current and threading.current_thread() is threading.main_thread() else lambda: False
        return
    signals: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            _twice.set()
            raise KeyboardInterrupt

    _current.append(lambda: bool(signals))
    signal.signal(signal.SIGINT, note)
    try:
        yield _current[0]
    finally:
        _twice.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _current.clear()


def _ours() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
