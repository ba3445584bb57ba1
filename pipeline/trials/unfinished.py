"""An unfinished trial as a parcel, and back: with its history and its snapshot it goes on anywhere, to the same bits.

It may be trained while it is packed: the snapshot is read first, and knows of no later line of the history.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.storage import atomic, documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import processes
from pipeline.trials.archives import opened, plain, zipped
from pipeline.trials.checkpoints import saved_epochs
from pipeline.trials.folder import CHECKPOINT, HISTORY, PRUNED, RUN, SETTINGS, as_it_stands, grown
from pipeline.trials.meeting import TrainedElsewhere, alone
from pipeline.trials.parcels import check_beside
from pipeline.trials.whole import reusable

SENT_FROM = "sent_from"  # in run.json: the process that trained it, on another disk
FILES = (CHECKPOINT, HISTORY, SETTINGS, RUN)  # in this order; it has all of them


def place_of(key: str) -> Path | None:
    """Where the trial grows, or is kept as pruned; None where it can't go on."""
    folder = grown(plain(key))
    if folder is None and as_it_stands("", TRIALS / key).status == PRUNED:
        folder = TRIALS / key
    return folder if folder is not None and (folder / CHECKPOINT).is_file() else None


def packed(key: str) -> bytes | None:
    """The trial as a parcel; None where there is none that could go on, or it has just ended.

    A cross-validation has none before its final fit, which begins its history.
    """
    folder = place_of(key)
    if folder is None or not saved_epochs(folder):
        return None
    try:
        return zipped(key, {name: (folder / name).read_bytes() for name in FILES})
    except FileNotFoundError:
        return None


def unpacked(data: bytes, key: str) -> None:
    """Take the trial in a parcel to where trials grow, unless it is here already as far, whole, or being trained.

    Raises:
        HoldoutError: it is no parcel, of another trial, or its files don't fit together; what is here is as it was.
    """
    found, files = opened(data, FILES)
    if found != key:
        raise HoldoutError(f"parcel: found trial {found}, expected {key}: it is not taken")
    atomic.make_folder(GROWING)
    folder = atomic.beside(GROWING / key)
    atomic.remove(folder)
    try:
        _lay_out(folder, files)
        _check(folder, key)
        with suppress(TrainedElsewhere), alone(key, wait=False):
            if reusable(TRIALS / key) is None and _is_further(folder, place_of(key)):
                _adopt(folder / RUN)
                atomic.move(folder, GROWING / key)
    finally:
        atomic.remove(folder)


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _check(folder: Path, key: str) -> None:
    settings, run = (documents.read_object(folder / name) for name in (SETTINGS, RUN))
    if not settings or not run:
        raise HoldoutError(f"parcel of trial {key}: found no settings or nobody who trains it: it is not taken")
    try:
        check_beside(Path(key), settings, run)
    except HoldoutError as error:
        raise HoldoutError(f"parcel of trial {error}: it is not taken") from None
    if not saved_epochs(folder):
        raise HoldoutError(f"parcel of trial {key}: {HISTORY} and {CHECKPOINT} don't fit together: it is not taken")


def _adopt(path: Path) -> None:
    """Let run.json name this process: when it is gone, nobody here would hear of the trial any more."""
    run = documents.read_object(path)
    sender = {name: run[name] for name in processes.identity()}
    documents.write_json(path, {**run, **processes.identity(), SENT_FROM: run.get(SENT_FROM, sender)})


def _is_further(folder: Path, other: Path | None) -> bool:
    return other is None or saved_epochs(folder) > saved_epochs(other)
