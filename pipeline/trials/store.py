"""The store of trials, ``.trials/<key>/``: untracked, so that DVC's removal of outs loses no finished work.

A trial grows in ``.trials/running/<key>/`` and takes its place in one rename when it is done.
"""

from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage import digests
from pipeline.storage.models import read_model
from pipeline.storage.places import TRIALS
from pipeline.trials.results import NUMBER, SUMMARY, read_history, read_trial

STORE = TRIALS
RUNNING = STORE / "running"
SWEEPS = STORE / "sweeps"
FINISHED = "finished"
FAILED = "failed"


def read_summary(folder: Path) -> dict[str, Any] | None:
    """The summary of a stored trial, or None if there is none to reuse: a failed or damaged one is trained again."""
    try:
        summary, history = read_trial(STORE.name, folder).summary, read_history(folder)
        if (folder / "model.npz").exists():
            read_model(folder / "model.npz")
    except HoldoutError:
        return None
    whole = summary.keys() == SUMMARY.keys() and hashes(folder).items() <= summary.items()
    numbers = all(isinstance(value, NUMBER) for value in (summary["score"], *summary["metrics"].values()))
    if summary["status"] == FINISHED:
        return summary if whole and numbers and history else None
    return summary if whole and summary["status"] != FAILED else None


def hashes(folder: Path) -> dict[str, str | None]:
    """SHA-256 of the files of a trial beside its summary; None for a file that it hasn't got."""
    names = ("model.npz", "history.csv", "settings.json")
    return {f"{Path(name).stem}_sha256": _digest(folder / name) for name in names}


def _digest(path: Path) -> str | None:
    return digests.of_file(path) if path.is_file() else None
