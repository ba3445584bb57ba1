"""Ctrl-C while a network trains: the epoch is finished first, so that what is kept is whole."""

import contextlib
import contextvars
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

Asked = Callable[[], bool]
# Of the outermost block that is running: known in the threads that it makes, by their context.
_current: contextvars.ContextVar[Asked | None] = contextvars.ContextVar("asked", default=None)
_twice = threading.Event()  # pressed again in that block: threads, which no signal reaches, look here


def give_up_if_pressed() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed again: for threads, between calls of compiled code."""
    if _twice.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def deferred() -> Iterator[Asked]:
    """While the block runs, the first SIGINT only makes what is yielded say True; the second interrupts.

    A call of compiled code ends first, which takes half a second or the time of one batch; its threads end likewise.
    A block within a block is asked with it, in a thread of its own as well. In other threads than the main one, or
    where somebody else handles the signal, nothing changes.
    """
    outer = _current.get()
    if outer is not None or not _ours():
        yield outer or (lambda: False)
        return
    signals: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            _twice.set()
            raise KeyboardInterrupt

    def asked() -> bool:
        return bool(signals)

    before = _current.set(asked)
    signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        _twice.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _current.reset(before)


def _ours() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
