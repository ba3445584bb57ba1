"""A trial while it trains: its files grow in ``.trials/running/<key>/`` and take their place in one rename."""

import csv
import datetime
import os
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import HoldoutError
from pipeline.storage import atomic, documents
from pipeline.storage.models import write_model
from pipeline.training.outcome import Outcome
from pipeline.trials import processes
from pipeline.trials.checkpoints import NAME, TrialCheckpoints
from pipeline.trials.store import RUNNING, STORE, hashes, read_summary


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def adopt(key: str) -> None:
    """Bring a trial to its place that had all its files when its process was killed."""
    folder = RUNNING / key
    if folder.is_dir() and not folder.is_symlink() and read_summary(folder):
        _place(key)


def _place(key: str) -> None:
    (RUNNING / key / NAME).unlink(missing_ok=True)
    atomic.move(RUNNING / key, STORE / key)


class RunningTrial:
    """Writes one trial: settings at once, the history epoch by epoch, the model at the end.

    It goes on where a killed process left its snapshot; see ``checkpoints``.

    Args:
        seconds: at least so long between two snapshots; 0 for none.
    """

    def __init__(self, key: str, settings: dict[str, Any], seconds: float = 0.0) -> None:
        self.key, self.folder = key, RUNNING / key
        if self.folder.is_symlink() or not self.folder.is_dir():
            atomic.remove(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic.sweep_leftovers(self.folder)
        self.checkpoints = TrialCheckpoints(self.folder, seconds, self._synced)
        lines = _first_lines(self.folder / "history.csv", self.checkpoints.history)
        if lines is None:
            self.checkpoints.forget()
        self._history, self._columns = self._open(lines or [])
        self._epochs = max(0, len(lines or []) - 1)
        self.run = self._who()
        documents.write_json(self.folder / "settings.json", settings)
        documents.write_json(self.folder / "run.json", self.run)

    def _open(self, lines: list[str]) -> tuple[TextIO, list[str]]:
        path = self.folder / "history.csv"
        documents.write_text(path, "".join(lines))
        columns = lines[0].rstrip("\n").split(",")[1:] if lines else []
        return path.open("a", newline="", encoding="utf-8"), columns

    def _who(self) -> dict[str, Any]:
        return {
            **processes.identity(),
            "started": self._began() or _now(),
            "finished": None,
            "resumed_after": self._epochs or None,
        }

    def _began(self) -> str | None:
        """When the trial began, if it goes on."""
        if self.checkpoints.load() is None:
            return None
        try:
            started = documents.read_json(self.folder / "run.json").get("started")
        except (HoldoutError, AttributeError):
            return None
        return started if isinstance(started, str) else None

    def on_epoch(self, epoch: int, record: dict[str, float]) -> None:
        """Append one line to history.csv, readable at once by whoever follows the trial."""
        writer = csv.writer(self._history, lineterminator="\n")
        if not self._columns:
            self._columns = list(record)
            writer.writerow(["epoch", *self._columns])
        writer.writerow([epoch, *(repr(record[name]) for name in self._columns)])
        with atomic.naming(self.folder / "history.csv"):
            self._history.flush()
        self._epochs += 1

    def close(self) -> None:
        """Let go of the history; what is on disk stays."""
        self._history.close()

    def _synced(self) -> int:
        """The epochs in history.csv, after making sure that a crash of the machine would not take them back."""
        with atomic.naming(self.folder / "history.csv"):
            os.fsync(self._history.fileno())
        return self._epochs

    def finish(self, summary: dict[str, Any], outcome: Outcome | None = None) -> dict[str, Any]:
        """Write what came out and move the trial to its place; returns the summary as stored.

        From summary.json on the trial is finished: killed after it, it is brought to its place by ``adopt``.
        """
        self.close()
        model = self.folder / "model.npz"
        atomic.remove(model)
        if outcome is not None and outcome.model is not None:
            write_model(model, outcome.model)
        summary = {**summary, "key": self.key, **hashes(self.folder)}
        documents.write_json(self.folder / "run.json", {**self.run, "finished": _now()})
        documents.write_json(self.folder / "summary.json", summary)
        _place(self.key)
        return summary


def _first_lines(path: Path, epochs: int) -> list[str] | None:
    """The header and ``epochs`` lines of a history; none for 0; None if the file hasn't got them."""
    if epochs == 0:
        return []
    if not path.is_file():
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)[: epochs + 1]
    except (OSError, UnicodeDecodeError):
        return None
    return lines if len(lines) == epochs + 1 and lines[-1].endswith("\n") else None
