"""The store of trials, ``.trials/<key>/``: untracked, so that DVC's removal of outs loses no finished work.

A trial grows in ``.trials/running/<key>/`` and takes its place in one rename when it is done.
"""

from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.errors import HoldoutError
from pipeline.trials.results import NUMBER, SUMMARY, read_history, read_trial

STORE = files.TRIALS
RUNNING = STORE / "running"
SWEEPS = STORE / "sweeps"
FINISHED = "finished"
FAILED = "failed"


def read_summary(folder: Path) -> dict[str, Any] | None:
    """The summary of a stored trial, or None if there is none to reuse: a failed or damaged one is trained again."""
    try:
        summary = read_trial(STORE.name, folder).summary
        history = read_history(folder)
    except HoldoutError:
        return None
    finished = summary["status"] == FINISHED
    if summary.keys() != SUMMARY.keys() or (finished and not ("epoch" in history and _scored(summary))):
        return None
    whole = all(summary[name] == digest for name, digest in hashes(folder).items())
    return summary if whole and summary["status"] != FAILED else None


def _scored(summary: dict[str, Any]) -> bool:
    """Whether a finished trial has all the numbers that the table of its sweep shows."""
    return all(isinstance(value, NUMBER) for value in (summary["score"], *summary["metrics"].values()))


def hashes(folder: Path) -> dict[str, str | None]:
    """SHA-256 of the files of a trial beside its summary; None for a file that it hasn't got."""
    names = ("model.npz", "history.csv", "settings.json")
    return {f"{Path(name).stem}_sha256": _digest(folder / name) for name in names}


def _digest(path: Path) -> str | None:
    return files.file_digest(path) if path.is_file() else None
