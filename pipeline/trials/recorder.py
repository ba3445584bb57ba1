"""Writes a trial while it trains: its files grow in a folder that it has claimed and take their place in one rename."""

import csv
import datetime
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import Interrupted
from pipeline.readable import score_text
from pipeline.storage import atomic, digests, documents
from pipeline.storage.models import write_model
from pipeline.storage.places import TRIALS
from pipeline.training.fit import Outcome
from pipeline.trials import claiming, processes
from pipeline.trials.checkpoints import SnapshotFile, beside, kept
from pipeline.trials.folder import (
    CHECKPOINT,
    ERRORS,
    HISTORY,
    MODEL,
    ORIGIN,
    PAUSED_AT,
    PROOF,
    RUN,
    SETTINGS,
    SUMMARY,
    hashes,
)
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
        self.key, self.folder = key, claiming.claim(key)
        atomic.sweep_leftovers(self.folder)
        found = kept(self.folder)
        self.snapshots = SnapshotFile(self.folder / CHECKPOINT, seconds, self._synced, found and found.snapshot)
        for name in (MODEL, SUMMARY):  # what an interrupted process left for people to look at, or who pruned the trial
            atomic.remove(self.folder / name)
        self._history, self._columns = self._open(found.lines if found else [])
        self.epochs = found.epochs if found else 0
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
        """Let go of the trial; what is on disk stays, and says that nobody trains it any more."""
        if not self._history.closed:
            self._history.close()
            with suppress(OSError):
                documents.write_json(self.folder / RUN, {**self.run, processes.LEFT: _now()})

    def _synced(self) -> dict[str, Any]:
        """What a snapshot goes on with, after making sure that a crash of the machine would not take it back."""
        with atomic.naming(self.folder / HISTORY):
            os.fsync(self._history.fileno())
        return beside(self.folder, self.epochs)

    def pause(self) -> None:
        """Leave the trial where it is, with its snapshot, until it is run again."""
        self.run = {**self.run, PAUSED_AT: self.epochs}
        self.close()

    def finish(self, summary: dict[str, Any], outcome: Outcome | None = None) -> dict[str, Any]:
        """Write what came out and move the trial to its place; returns the summary as stored.

        From summary.json on the trial is finished: killed after it, it is brought to its place when it is run again.
        """
        self._history.close()
        for name in (MODEL, ERRORS):
            atomic.remove(self.folder / name)
        if outcome is not None and outcome.model is not None:
            write_model(self.folder / MODEL, outcome.model)
        if outcome is not None and outcome.errors is not None:
            documents.write_json(self.folder / ERRORS, packed(outcome.errors))
        summary = {**summary, "key": self.key, **hashes(self.folder)}
        proof = {PROOF: digests.of_text(documents.as_json(summary))}
        documents.write_json(self.folder / RUN, {**self.run, **proof, "finished": _now()})
        documents.write_json(self.folder / SUMMARY, summary)
        place(self.folder, self.key)
        return summary


def place(folder: Path, key: str) -> None:
    """Move a trial that has all its files to its place."""
    (folder / CHECKPOINT).unlink(missing_ok=True)
    for name in (SETTINGS, HISTORY, SUMMARY):
        (folder / name).stat()  # another process that has stored the trial may have removed the folder
    atomic.move(folder, TRIALS / key)
    claiming.let_go(key)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
