"""What a job on another disk sends to who ordered it: trials as they end or pause, and while they are on their way."""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.launching.task import Told
from pipeline.trials import parcels, unfinished
from pipeline.trials.folder import CHECKPOINT, PAUSED

SELDOM = 3  # one in so many checkpoints is sent, for they all meet at one host
ENDED, ON_ITS_WAY = "parcel", "unfinished"  # what a line has that brings one


def parcel_of(key: str, status: str) -> dict[str, str]:
    """What the line of a trial has that has ended or paused."""
    if status != PAUSED:
        return {ENDED: _as_text(parcels.packed(key))}
    return {ON_ITS_WAY: found} if (found := on_its_way(key)) else {}


def on_its_way(key: str) -> str | None:
    """The parcel of a trial that can go on, as text; None where there is none."""
    found = unfinished.packed(key)
    return None if found is None else _as_text(found)


def lay_out(given: Mapping[str, str]) -> None:
    """Put the unfinished trials of an order where they can go on; one that can't be used begins anew."""
    for key, text in given.items():
        with suppress(HoldoutError):
            unfinished.unpacked(base64.b64decode(text), key)


def take_home(line: Told) -> None:
    """Put what a line brings into the store, or where trials grow; HoldoutError if it can't be used."""
    if ENDED in line:
        parcels.unpacked(base64.b64decode(line[ENDED]), line["key"])
    if ON_ITS_WAY in line:
        unfinished.unpacked(base64.b64decode(line[ON_ITS_WAY]), line["key"])


@contextmanager
def sent_on_their_way(keys: Sequence[str], tell: Callable[..., Any], seconds: float) -> Iterator[None]:
    """Send new snapshots of these trials while they train: if this host dies, another goes on there.

    Args:
        seconds: between two snapshots of one of them; 0 where none are kept.
    """
    if not seconds:
        yield
        return
    done = threading.Event()
    sender = threading.Thread(target=_send, args=(keys, tell, SELDOM * seconds, done), daemon=True)
    sender.start()
    try:
        yield
    finally:
        done.set()
        sender.join()


def _send(keys: Sequence[str], tell: Callable[..., Any], interval: float, done: threading.Event) -> None:
    seen = {key: _changed(key) for key in keys}  # what it was given is at home already
    while not done.wait(interval):
        for key in keys:
            if (changed := _changed(key)) != seen[key] and (found := on_its_way(key)):
                seen[key] = changed
                tell(key=key, **{ON_ITS_WAY: found})


def _changed(key: str) -> float | None:
    folder = unfinished.place_of(key)
    try:
        return None if folder is None else (folder / CHECKPOINT).stat().st_mtime
    except FileNotFoundError:
        return None


def _as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()
