"""The store of trials, ``.trials/<key>/``: untracked, so that DVC's removal of outs loses no finished work.

A trial grows in ``.trials/running/<key>/`` and takes its place in one rename when it is done.
"""

from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.errors import HoldoutError

STORE = files.TRIALS
RUNNING = STORE / "running"
SWEEPS = STORE / "sweeps"
FINISHED = "finished"
FAILED = "failed"
SUMMARY = {
    *("key", "status", "reason", "score", "metric", "best_epoch", "epochs", "stopped_by", "metrics", "parameters"),
    *("model_sha256", "history_sha256", "settings_sha256"),
}


def read_summary(folder: Path) -> dict[str, Any] | None:
    """The summary of a stored trial, or None if there is none to reuse: a failed or damaged one is trained again."""
    try:
        summary: dict[str, Any] = files.read_json(folder / "summary.json")
    except HoldoutError:
        return None
    if not isinstance(summary, dict) or summary.keys() != SUMMARY or summary["status"] == FAILED:
        return None
    return summary if all(summary[name] == digest for name, digest in hashes(folder).items()) else None


def hashes(folder: Path) -> dict[str, str | None]:
    """SHA-256 of the files of a trial beside its summary; None for a file that it hasn't got."""
    return {
        f"{Path(name).stem}_sha256": _digest(folder / name) for name in ("model.npz", "history.csv", "settings.json")
    }


def _digest(path: Path) -> str | None:
    return files.file_digest(path) if path.is_file() else None
