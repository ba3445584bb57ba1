"""The snapshots of a trial on disk: one file, replaced every few seconds, and the part of the history that it knows."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.data import arrays
from pipeline.errors import HoldoutError
from pipeline.storage import atomic
from pipeline.training.checkpoints import Snapshot

NAME = "checkpoint.npz"


class TrialCheckpoints:
    """Snapshots in ``folder``/checkpoint.npz.

    Args:
        seconds: at least so long between two; 0 for none at all.
        epochs: says how many epochs history.csv holds, all of them safely on disk.
    """

    def __init__(
        self, folder: Path, seconds: float, epochs: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._seconds, self._epochs, self._clock = folder / NAME, seconds, epochs, clock
        self._saved = clock()
        self._last = read_checkpoint(self._path)

    @property
    def history(self) -> int:
        """Epochs in history.csv when the last snapshot was taken."""
        return self._last.facts["history"] if self._last else 0

    def forget(self) -> None:
        """Start from the beginning, whatever is on disk."""
        self._last = None
        self._path.unlink(missing_ok=True)

    def load(self) -> Snapshot | None:
        """The snapshot that the trial begins with; None for a new trial."""
        return self._last

    def due(self) -> bool:
        """Whether ``seconds`` have gone by since the last one."""
        return 0 < self._seconds <= self._clock() - self._saved

    def save(self, snapshot: Snapshot) -> None:
        """Put the snapshot in the place of the one before: a reader finds one of the two, whole."""
        facts = json.dumps({**snapshot.facts, "history": self._epochs()})
        with atomic.replacing(self._path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, facts=np.array(facts), **snapshot.arrays)  # type: ignore[arg-type]
        self._saved = self._clock()


def read_checkpoint(path: Path) -> Snapshot | None:
    """The snapshot in a file; None if there is none or it is damaged: the trial then starts anew."""
    if not path.is_file():
        return None
    try:
        found = arrays.read_npz(path)
        facts = json.loads(str(found.pop("facts")))
    except (HoldoutError, OSError, ValueError, KeyError):
        return None
    return Snapshot(facts, found) if isinstance(facts, dict) and isinstance(facts.get("history"), int) else None
