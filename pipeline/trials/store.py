"""The store of trials, ``.trials/<key>/``: untracked, so that DVC's removal of outs loses no finished work.

A trial grows in ``.trials/running/<key>/`` and takes its place in one rename when it is done.
"""

import csv
import datetime
import os
import socket
from pathlib import Path
from typing import Any, TextIO

import psutil

from pipeline import files
from pipeline.errors import HoldoutError
from pipeline.training.fit import Outcome
from pipeline.trials.results import NUMBER, SUMMARY, read_history, read_trial

STORE = Path(".trials")
RUNNING = STORE / "running"
SWEEPS = STORE / "sweeps"
FINISHED = "finished"
FAILED = "failed"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def read_summary(key: str) -> dict[str, Any] | None:
    """The summary of a stored trial, or None if there is none to reuse: a failed or damaged one is trained again."""
    folder, weights = STORE / key, None
    try:
        summary, history = read_trial(STORE.name, folder).summary, read_history(folder)
        if (model := folder / "model.npz").exists():
            files.read_model(model)
            weights = files.file_digest(model)
    except HoldoutError:
        return None
    whole = summary.keys() == SUMMARY.keys() and summary["model_sha256"] == weights
    numbers = all(isinstance(value, NUMBER) for value in (summary["score"], *summary["metrics"].values()))
    if summary["status"] == FINISHED:
        return summary if whole and numbers and history else None
    return summary if whole and summary["status"] != FAILED else None


class RunningTrial:
    """Writes one trial while it trains: settings at once, the history epoch by epoch, the model at the end."""

    def __init__(self, key: str, settings: dict[str, Any]) -> None:
        self.key = key
        self.folder = RUNNING / key
        files.remove(self.folder)
        self.folder.mkdir(parents=True)
        process = psutil.Process()
        self.run = {
            "host": socket.gethostname(),
            "pid": process.pid,
            "process_start": process.create_time(),
            "started": _now(),
            "finished": None,
        }
        files.write_json(self.folder / "settings.json", settings)
        files.write_json(self.folder / "run.json", self.run)
        self._history: TextIO = (self.folder / "history.csv").open("w", newline="", encoding="utf-8")
        self._columns: list[str] = []

    def on_epoch(self, epoch: int, record: dict[str, float]) -> None:
        """Append one line to history.csv, readable at once by whoever follows the trial."""
        writer = csv.writer(self._history, lineterminator="\n")
        if not self._columns:
            self._columns = list(record)
            writer.writerow(["epoch", *self._columns])
        writer.writerow([epoch, *(repr(record[name]) for name in self._columns)])
        self._history.flush()

    def finish(self, summary: dict[str, Any], outcome: Outcome | None = None) -> dict[str, Any]:
        """Write what came out and move the trial to its place; returns the summary as stored."""
        self._history.close()
        model = self.folder / "model.npz"
        if outcome is not None and outcome.model is not None:
            files.write_model(model, outcome.model)
        summary = {**summary, "key": self.key, "model_sha256": files.file_digest(model) if model.exists() else None}
        files.write_json(self.folder / "summary.json", summary)
        files.write_json(self.folder / "run.json", {**self.run, "finished": _now()})
        with files.replacing(STORE / self.key) as temporary:
            os.replace(self.folder, temporary)
        return summary
