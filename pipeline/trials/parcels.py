"""A trial that has ended as a parcel, and back: how it travels to where the disk of its store doesn't reach.

What comes from elsewhere is looked at in a folder of its own, and takes its place in the store in one rename, if all of
it fits together.
"""

import datetime
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping_of, number, optional, text, whole, wrong
from pipeline.storage import atomic
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials.archives import opened, plain, zipped
from pipeline.trials.folder import (
    ERRORS,
    HISTORY,
    MODEL,
    ORIGIN,
    PRUNED,
    RUN,
    SETTINGS,
    SUMMARY,
    Trial,
    as_it_stands,
    flatten,
    read_trial,
)
from pipeline.trials.meeting import TrainedElsewhere, alone
from pipeline.trials.whole import check, reusable

FILES = (SETTINGS, SUMMARY, HISTORY, MODEL, ERRORS, RUN)  # in this order; a trial need not have all of them


def _moment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


RUN_FACTS: dict[str, Kind] = {
    **{"host": text, "pid": whole, "process_start": number},
    **{"started": _moment, "finished": optional(_moment), "resumed_after": optional(whole)},
    ORIGIN: mapping_of(text),
}


def packed(key: str) -> bytes:
    """The trial ``key`` of the store, which has ended, as a parcel.

    Raises:
        HoldoutError: the store has no such trial, it is damaged, or larger than LARGEST of archives.py.
    """
    folder = TRIALS / plain(key)
    _check(read_trial("", folder))
    return zipped(key, {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()})


def unpacked(data: bytes, key: str | None = None) -> str:
    """Take the trial in a parcel into the store; returns its key.

    A trial that the store has already, whole, stays as it is: its results are the same bytes. So does one that was
    pruned as late, or later. A failed one takes only the place of none or of another that can't be used.

    Args:
        key: of the trial that is expected; None for any.

    Raises:
        HoldoutError: it is no parcel, of another trial, or its files don't fit together; the store is as it was.
    """
    found, files = opened(data, FILES)
    if key is not None and found != key:
        raise HoldoutError(f"parcel: found trial {found}, expected {key}: it is not taken")
    place = TRIALS / found
    if reusable(place) is None:
        _take(found, files, place)
    _forget_unfinished(found)
    return found


def _take(key: str, files: Mapping[str, bytes], place: Path) -> None:
    """Lay the files out beside the store's trials, look at them as at any trial, and give them their place."""
    around = atomic.beside(place)
    atomic.remove(around)
    folder = around / key
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        _look(folder, around)
        if not _has_more(place, folder):
            _move(folder, place)
    finally:
        atomic.remove(around)


def _look(folder: Path, around: Path) -> None:
    try:
        _check(read_trial("", folder))
    except HoldoutError as error:
        reason = str(error).replace(f"{around}/", "").removesuffix(": train it again")
        raise HoldoutError(f"parcel of trial {reason}: it is not taken") from None


def _check(trial: Trial) -> None:
    """As the store does; besides what no hash covers."""
    check(trial)
    check_beside(trial.folder, trial.settings, trial.run)


def check_beside(folder: Path, settings: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    """Raise HoldoutError where who trained it is told by other facts, or settings don't stand for themselves."""
    if run and (fault := wrong(run, RUN_FACTS)):
        raise HoldoutError(f"{folder / RUN}: {fault}")
    try:
        values = json.dumps(list(flatten(settings).items()))
    except RecursionError:
        raise HoldoutError(f"{folder / SETTINGS}: is nested too deeply") from None
    if "${" in values:  # which OmegaConf would fill in, from the environment too
        raise HoldoutError(f"{folder / SETTINGS}: found '${{', allowed: plain values")


def _has_more(place: Path, folder: Path) -> bool:
    """Whether the store has a trial that was pruned later than this one."""
    there, here = as_it_stands("", place), as_it_stands("", folder)
    return there.status == here.status == PRUNED and there.summary["epochs"] >= here.summary["epochs"]


def _move(folder: Path, place: Path) -> None:
    try:
        atomic.move(folder, place)
    except OSError:
        if reusable(place) is None:  # else another process has brought the same trial at the same moment
            raise


def _forget_unfinished(key: str) -> None:
    """Drop what a killed process has left of a trial that is there now; one that still trains will do so itself."""
    if not (GROWING / key).exists():
        return
    with suppress(TrainedElsewhere), alone(key, wait=False):
        atomic.remove(GROWING / key)
