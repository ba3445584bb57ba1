"""The store of trials, ``.trials/<key>/``: what it holds, who has it and what can go.

It is untracked, so that DVC's removal of outs loses no finished work.
"""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import HoldoutError
from pipeline.storage import atomic
from pipeline.storage.places import CIRCUMSTANCES, EXPERIMENTS, GROWING, HYDRA, SWEEPS, TRIALS
from pipeline.trials.checkpoints import saved_epochs
from pipeline.trials.claiming import let_go
from pipeline.trials.folder import (
    DAMAGED,
    FAILED,
    RUNNING,
    Trial,
    as_it_stands,
    grown,
)
from pipeline.trials.sweeps import AD_HOC
from pipeline.trials.whole import undamaged

# What stands in .trials beside the trials.
OTHERS = {GROWING.name, SWEEPS.name, HYDRA.name, CIRCUMSTANCES.name, "tmp"}


@dataclasses.dataclass(frozen=True)
class Entry:
    """One trial of the store, finished or not.

    experiments: the sweeps that have it; epochs: trained so far, None where that can't be known.
    """

    trial: Trial
    experiments: tuple[str, ...]
    epochs: int | None

    @property
    def key(self) -> str:
        return self.trial.key

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.trial.folder.rglob("*") if path.is_file())


def entries(beginning: str = "") -> list[Entry]:
    """All trials whose keys begin so, finished or not, by key; the others are not looked at."""
    sweeps = members()
    stored = [(_stored(path), None) for path in _folders(TRIALS, beginning) if path.name not in OTHERS]
    places = {path for path in _folders(GROWING, beginning) if path == grown(path.name.partition(".")[0])}
    growing = [(as_it_stands("", path), saved_epochs(path)) for path in places]
    return sorted((_entry(trial, epochs, sweeps) for trial, epochs in (*stored, *growing)), key=lambda entry: entry.key)


def _entry(trial: Trial, epochs: int | None, sweeps: dict[str, set[str]]) -> Entry:
    having = tuple(sorted(name for name, keys in sweeps.items() if trial.key in keys))
    return Entry(trial, having, trial.summary.get("epochs", epochs))


def _stored(folder: Path) -> Trial:
    trial = as_it_stands("", folder)
    if trial.status not in (FAILED, DAMAGED) and undamaged(folder) is None:
        return dataclasses.replace(trial, status=DAMAGED)
    return trial


def _folders(folder: Path, beginning: str) -> list[Path]:
    names = os.listdir(folder) if folder.is_dir() else ()
    kept = (name for name in names if name.startswith(beginning) and not name.startswith("."))
    return [folder / name for name in kept if (folder / name).is_dir()]


def members() -> dict[str, set[str]]:
    """The keys of each experiment: of its sweeps that are on record, and of its published results."""
    found: dict[str, set[str]] = {}
    for path in SWEEPS.glob("*/*.json"):
        found.setdefault(path.parent.name, set()).add(path.stem)
    for path in EXPERIMENTS.glob("*/results/trials/*"):
        found.setdefault(path.parents[2].name, set()).add(path.name)
    return found


def find(key: str) -> Entry:
    """The one trial whose key starts with ``key``.

    Raises:
        HoldoutError: there is none, or more than one.
    """
    found = entries(key)
    if len(found) != 1:
        count = "no trial" if not found else f"{len(found)} trials"
        raise HoldoutError(f"{TRIALS}: {count} with a key that starts with {key!r}: `python -m pipeline.trials list`")
    return found[0]


def unneeded(experiments: Iterable[str]) -> tuple[list[Entry], list[Entry]]:
    """The trials that none of ``experiments`` has: those of nobody, and those that ad-hoc runs have."""
    kept = set(experiments)
    found = [entry for entry in entries() if not kept & set(entry.experiments) and entry.trial.status != RUNNING]
    by_hand = [entry for entry in found if AD_HOC in entry.experiments]
    return [entry for entry in found if entry not in by_hand], by_hand


def drop(entry: Entry) -> bool:
    """Remove a trial from the store; False if a process holds it."""
    lock = FileLock(GROWING / f"{entry.key}.lock")
    GROWING.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    with lock:
        atomic.discard(entry.trial.folder)
        if entry.trial.folder.parent == GROWING:
            let_go(entry.key)
        for path in SWEEPS.glob(f"*/{entry.key}.json"):
            path.unlink()
        Path(lock.lock_file).unlink(missing_ok=True)
    return True
