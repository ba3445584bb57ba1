"""Writes a trial while it trains: its files grow in ``.trials/running/<key>/`` and take their place in one rename."""

import csv
import datetime
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipeline.data import arrays
from pipeline.errors import HoldoutError, Interrupted
from pipeline.fields import whole
from pipeline.readable import score_text
from pipeline.storage import atomic, documents
from pipeline.storage.models import write_model
from pipeline.storage.places import GROWING, TRIALS
from pipeline.training.fit import Outcome
from pipeline.training.snapshots import Snapshot
from pipeline.trials import processes
from pipeline.trials.folder import CHECKPOINT, ERRORS, HISTORY, MODEL, ORIGIN, PAUSED_AT, RUN, SETTINGS, SUMMARY, hashes
from pipeline.trials.kept_errors import packed


class Recorder:
    """Writes one trial: settings at once, the history epoch by epoch, the model at the end.

    It goes on where a killed process left its snapshot.

    Args:
        seconds: at least so long between two snapshots; 0 for none. noted: what beside the settings decides the result.

    Attributes:
        epochs: in history.csv.
    """

    def __init__(
        self, key: str, settings: dict[str, Any], seconds: float = 0.0, noted: Mapping[str, str] | None = None
    ) -> None:
        self.key, self.folder = key, GROWING / key
        if self.folder.is_symlink() or not self.folder.is_dir():
            atomic.remove(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic.sweep_leftovers(self.folder)
        self.snapshots = SnapshotFile(self.folder / CHECKPOINT, seconds, self._synced)
        for name in (MODEL, SUMMARY):  # what an interrupted process left for people to look at, or who pruned the trial
            atomic.remove(self.folder / name)
        lines = first_lines(self.folder / HISTORY, self.snapshots.history)
        if lines is None:
            self.snapshots.forget()
        self._history, self._columns = self._open(lines or [])
        self.epochs = max(0, len(lines or []) - 1)
        self.run = {**self._who(), ORIGIN: dict(noted or {})}
        documents.write_json(self.folder / SETTINGS, settings)
        documents.write_json(self.folder / RUN, self.run)

    def _open(self, lines: list[str]) -> tuple[TextIO, list[str]]:
        path = self.folder / HISTORY
        documents.write_text(path, "".join(lines))
        columns = lines[0].rstrip("\n").split(",")[1:] if lines else []
        return path.open("a", newline="", encoding="utf-8"), columns

    def _who(self) -> dict[str, Any]:
        return {
            **processes.identity(),
            "started": self._began() or _now(),
            "finished": None,
            "resumed_after": self.epochs or None,
        }

    def _began(self) -> str | None:
        """When the trial began, if it goes on."""
        if self.snapshots.load() is None:
            return None
        started = documents.read_object(self.folder / RUN).get("started")
        return started if isinstance(started, str) else None

    def on_epoch(self, epoch: int, record: dict[str, float]) -> None:
        """Append one line to history.csv, readable at once by whoever follows the trial."""
        writer = csv.writer(self._history, lineterminator="\n")
        if not self._columns:
            self._columns = list(record)
            writer.writerow(["epoch", *self._columns])
        writer.writerow([epoch, *(repr(record[name]) for name in self._columns)])
        with atomic.naming(self.folder / HISTORY):
            self._history.flush()
        self.epochs += 1

    def interrupted(self, outcome: Outcome) -> Interrupted:
        """Write the best model so far beside the snapshot; in one line, where the trial stands and where the model is.

        The trial is not finished, and nobody takes it for that: run again, it goes on from its snapshot.
        """
        where = f"trial {self.key} in {outcome.reason or 'training'} after epoch {outcome.epochs}"
        again = "goes on there" if self.snapshots.kept else "starts again (checkpoint_seconds=0)"
        if outcome.model is None:
            return Interrupted(f"{where}; the same command {again}")
        write_model(self.folder / MODEL, outcome.model)
        score = "" if outcome.score is None else f", {outcome.metric} {score_text(outcome.metric, outcome.score)}"
        best = f"the best weights so far (epoch {outcome.best_epoch}{score}) are in {self.folder / MODEL}"
        return Interrupted(f"{where}: {best}; the same command {again}")

    def close(self) -> None:
        """Let go of the history; what is on disk stays."""
        self._history.close()

    def _synced(self) -> int:
        """The epochs in history.csv, after making sure that a crash of the machine would not take them back."""
        with atomic.naming(self.folder / HISTORY):
            os.fsync(self._history.fileno())
        return self.epochs

    def pause(self) -> None:
        """Leave the trial where it is, with its snapshot, until it is run again."""
        self.close()
        documents.write_json(self.folder / RUN, {**self.run, PAUSED_AT: self.epochs})

    def finish(self, summary: dict[str, Any], outcome: Outcome | None = None) -> dict[str, Any]:
        """Write what came out and move the trial to its place; returns the summary as stored.

        From summary.json on the trial is finished: killed after it, it is brought to its place when it is run again.
        """
        self.close()
        for name in (MODEL, ERRORS):
            atomic.remove(self.folder / name)
        if outcome is not None and outcome.model is not None:
            write_model(self.folder / MODEL, outcome.model)
        if outcome is not None and outcome.errors is not None:
            documents.write_json(self.folder / ERRORS, packed(outcome.errors))
        summary = {**summary, "key": self.key, **hashes(self.folder)}
        documents.write_json(self.folder / RUN, {**self.run, "finished": _now()})
        documents.write_json(self.folder / SUMMARY, summary)
        place(self.key)
        return summary


def place(key: str) -> None:
    """Move a trial that has all its files to its place."""
    (GROWING / key / CHECKPOINT).unlink(missing_ok=True)
    atomic.move(GROWING / key, TRIALS / key)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def first_lines(path: Path, epochs: int) -> list[str] | None:
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


class SnapshotFile:
    """The snapshots of a trial in one file, replaced every few seconds, with the part of the history that it knows.

    Args:
        seconds: at least so long between two; 0 for none at all.
        epochs: says how many epochs history.csv holds, all of them safely on disk.
    """

    def __init__(
        self, path: Path, seconds: float, epochs: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._seconds, self._epochs, self._clock = path, seconds, epochs, clock
        self._saved = clock()
        self._last = _read_snapshot(path)

    @property
    def history(self) -> int:
        """Epochs in history.csv when the last snapshot was taken."""
        return self._last.facts["history"] if self._last else 0

    def forget(self) -> None:
        """Start from the beginning, whatever is on disk."""
        self._last = None
        self._path.unlink(missing_ok=True)

    @property
    def kept(self) -> bool:
        """Whether any are kept."""
        return self._seconds > 0

    def load(self) -> Snapshot | None:
        """The snapshot that the trial begins with; None for a new trial."""
        return self._last

    def due(self) -> bool:
        """Whether ``seconds`` have gone by since the last one."""
        return 0 < self._seconds <= self._clock() - self._saved

    def save(self, snapshot: Snapshot) -> None:
        """Put the snapshot in the place of the one before: a reader finds one of the two, whole."""
        if self.kept:
            self.write(snapshot)

    def write(self, snapshot: Snapshot) -> None:
        """As ``save``, however few seconds have gone by, and where none are kept too."""
        facts = json.dumps({**snapshot.facts, "history": self._epochs()})
        with atomic.replacing(self._path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, facts=np.array(facts), **snapshot.arrays)  # type: ignore[arg-type]
        self._saved = self._clock()


def saved_epochs(folder: Path) -> int:
    """How many epochs of an unfinished trial its snapshot keeps."""
    snapshot = _read_snapshot(folder / CHECKPOINT)
    return snapshot.facts["history"] if snapshot else 0


def _read_snapshot(path: Path) -> Snapshot | None:
    """The snapshot in a file; None if there is none or it is damaged: the trial then starts anew."""
    if not path.is_file():
        return None
    try:
        found = arrays.read_npz(path)
        facts = json.loads(str(found.pop("facts")))
    except (HoldoutError, OSError, ValueError, KeyError, RecursionError):
        return None
    return Snapshot(facts, found) if isinstance(facts, dict) and whole(facts.get("history")) else None
