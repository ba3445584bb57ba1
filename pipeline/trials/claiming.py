"""The folder that a trial grows in: ``.trials/running/<key>/``, or one beside it where another process may write there.

Locks keep two from training one trial at once. Where a file system's locks hold on one host only, or not at all,
what is relied on is that mkdir and rename are done by one process only, as they are on NFS: two that train the same
trial then grow it in folders of their own, to the same bytes (docs/decisions/0065).
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from pipeline.storage import atomic, documents
from pipeline.storage.places import GROWING
from pipeline.trials import processes
from pipeline.trials.folder import CHECKPOINT, HISTORY, RUN, SETTINGS, grown


def claim(key: str) -> Path:
    """A folder for this process alone, with what it can go on from: what was grown of the trial so far."""
    place = GROWING / key
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        atomic.remove(place)
    if _made(place) or _taken_over(place):
        return place
    own = GROWING / f"{key}.{atomic.HOST}-{os.getpid()}"
    source = grown(key)
    if source is not None and source != own:
        atomic.remove(own)
        _copy(source, own)
    own.mkdir(exist_ok=True)
    return own


def let_go(key: str) -> None:
    """Remove what is grown of a trial that has its place: another process that still writes there finds it stored."""
    for folder in (GROWING / key, *GROWING.glob(f"{key}.*-*")):
        aside = atomic.beside(folder)
        with suppress(OSError):
            os.rename(folder, aside)  # it is there whole, or gone
            atomic.remove(aside)


def _made(place: Path) -> bool:
    atomic.make_folder(place.parent)
    try:
        place.mkdir()
    except FileExistsError:
        return False
    atomic.sync(place.parent)
    return True


def _taken_over(place: Path) -> bool:
    """Whether its process has left it, and this one is the first to take its place; another host's is not known."""
    run = documents.read_object(place / RUN)
    if not run or processes.alive(run):
        return processes.is_this(run)
    try:  # only one can rename it
        os.rename(place / RUN, atomic.beside(place / RUN))
    except FileNotFoundError:
        return False
    documents.write_json(place / RUN, {**run, **processes.identity(), processes.LEFT: None})
    return True


def _copy(source: Path, target: Path) -> None:
    """What a trial goes on from, as far as it is there: the snapshot first, which knows of no later line of history."""
    target.mkdir()
    for name in (CHECKPOINT, HISTORY, SETTINGS, RUN):
        with suppress(FileNotFoundError):
            shutil.copyfile(source / name, target / name)
