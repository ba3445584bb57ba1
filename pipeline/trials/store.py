"""The store of trials, ``.trials/<key>/``: what it holds, who has it, what may be used again and what can go.

It is untracked, so that DVC's removal of outs loses no finished work.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import HoldoutError
from pipeline.storage import atomic
from pipeline.storage.models import read_model
from pipeline.storage.places import CIRCUMSTANCES, EXPERIMENTS, GROWING, HYDRA, SWEEPS, TRIALS
from pipeline.trials.folder import DAMAGED, FAILED, PRUNED, RUNNING, Trial, as_it_stands, check_files, read_trial
from pipeline.trials.recorder import saved_epochs
from pipeline.trials.rungs import first_epochs
from pipeline.trials.sweeps import AD_HOC

# What stands in .trials beside the trials.
OTHERS = {GROWING.name, SWEEPS.name, HYDRA.name, CIRCUMSTANCES.name, "tmp"}


def reusable(folder: Path) -> Trial | None:
    """The trial in ``folder``; None if there is none to use again: a failed or damaged one is trained anew.

    One that was pruned is none either, for it isn't done: it is trained on.
    """
    trial = undamaged(folder)
    return trial if trial and trial.status not in (FAILED, PRUNED) else None


def undamaged(folder: Path) -> Trial | None:
    """The trial in ``folder``, if there is one that has ended and all its files are as they were written."""
    try:
        trial = read_trial("", folder)
        _check(trial)
    except HoldoutError:
        return None
    return trial


def standing(key: str, until: int, metric: str) -> dict[str, Any] | None:
    """The summary of a trial after epoch ``until``, as if it had not been trained further; None if it must be yet.

    It is that of the trial itself if that has ended by then, and ``paused`` else. It depends on the trial alone, and
    not on whether another sweep has gone on with it, or has pruned it.

    Args:
        metric: what the best epoch is chosen by, with its part.
    """
    stored = undamaged(TRIALS / key)
    if stored is not None and stored.status != FAILED:
        if stored.status != PRUNED and stored.summary["epochs"] <= until:
            return stored.summary
        return first_epochs(key, stored.history(), until, metric)
    if saved_epochs(GROWING / key) >= until:
        return first_epochs(key, as_it_stands("", GROWING / key).history_so_far(), until, metric)
    return None


def _check(trial: Trial) -> None:
    """Raise HoldoutError unless all of a trial's files are as they were written, and its weights can be read."""
    check_files(trial)
    if trial.model.exists():
        read_model(trial.model)


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


def entries() -> list[Entry]:
    """All trials, finished or not, by key."""
    sweeps = members()
    stored = [(_stored(path), None) for path in _folders(TRIALS) if path.name not in OTHERS]
    growing = [(as_it_stands("", path), saved_epochs(path)) for path in _folders(GROWING)]
    return sorted((_entry(trial, epochs, sweeps) for trial, epochs in (*stored, *growing)), key=lambda entry: entry.key)


def _entry(trial: Trial, epochs: int | None, sweeps: dict[str, set[str]]) -> Entry:
    having = tuple(sorted(name for name, keys in sweeps.items() if trial.key in keys))
    return Entry(trial, having, trial.summary.get("epochs", epochs))


def _stored(folder: Path) -> Trial:
    trial = as_it_stands("", folder)
    if trial.status not in (FAILED, DAMAGED) and undamaged(folder) is None:
        return dataclasses.replace(trial, status=DAMAGED)
    return trial


def _folders(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if path.is_dir() and not path.name.startswith(".")]


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
    found = [entry for entry in entries() if entry.key.startswith(key)]
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
        atomic.remove(entry.trial.folder)
        for path in SWEEPS.glob(f"*/{entry.key}.json"):
            path.unlink()
        Path(lock.lock_file).unlink(missing_ok=True)
    return True
