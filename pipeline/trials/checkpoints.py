"""The checkpoint of an unfinished trial: a snapshot in one file, with the SHA-256 of the files that it goes on with."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.data import arrays
from pipeline.errors import HoldoutError
from pipeline.fields import whole
from pipeline.storage import atomic, digests
from pipeline.training.snapshots import Snapshot
from pipeline.trials.folder import CHECKPOINT, HISTORY, SETTINGS

EPOCHS, SHA256 = "history", "sha256"  # facts of a snapshot: see ``beside``


class KeptSnapshot(NamedTuple):
    """What a trial goes on from; lines: those of history.csv that the snapshot knows, its header first."""

    snapshot: Snapshot
    lines: list[str]

    @property
    def epochs(self) -> int:
        return max(0, len(self.lines) - 1)


def kept(folder: Path) -> KeptSnapshot | None:
    """What the unfinished trial in ``folder`` goes on from.

    None where it begins anew: there is no snapshot, or one of the files is not as it was when that was taken.
    """
    snapshot = _read(folder / CHECKPOINT)
    if snapshot is None:
        return None
    epochs: Any = snapshot.facts.get(EPOCHS)
    lines = first_lines(folder / HISTORY, epochs) if whole(epochs) else None
    if lines is None or not (folder / SETTINGS).is_file():
        return None
    found = {HISTORY: hashlib.sha256("".join(lines).encode()).hexdigest(), SETTINGS: digests.of_file(folder / SETTINGS)}
    return KeptSnapshot(snapshot, lines) if found == snapshot.facts.get(SHA256) else None


def beside(folder: Path, epochs: int) -> dict[str, Any]:
    """The facts of a snapshot that is taken now: epochs in history.csv, and hashes of what it goes on with."""
    return {EPOCHS: epochs, SHA256: {name: digests.of_file(folder / name) for name in (HISTORY, SETTINGS)}}


def saved_epochs(folder: Path) -> int:
    """After how many epochs an unfinished trial goes on."""
    found = kept(folder)
    return found.epochs if found else 0


def first_lines(path: Path, epochs: int) -> list[str] | None:
    """The header and ``epochs`` lines of a history; none for 0; None if the file hasn't got them."""
    if epochs == 0:
        return []
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = stream.read().splitlines(keepends=True)[: epochs + 1]
    except (OSError, UnicodeDecodeError):
        return None
    return lines if len(lines) == epochs + 1 and lines[-1].endswith("\n") else None


def _read(path: Path) -> Snapshot | None:
    if not path.is_file():
        return None
    try:
        found = arrays.read_npz(path)
        facts = json.loads(str(found.pop("facts")))
    except (HoldoutError, OSError, ValueError, KeyError, RecursionError):
        return None
    return Snapshot(facts, found) if isinstance(facts, dict) else None


class SnapshotFile:
    """The snapshots of a trial in one file, replaced every few seconds.

    Args:
        seconds: at least so long between two; 0 for none at all.
        beside: what is known of the files that a snapshot goes on with, all of them safely on disk.
        last: the one that the trial begins with; None for a new trial, whatever is on disk.
    """

    def __init__(
        self,
        path: Path,
        seconds: float,
        beside: Callable[[], dict[str, Any]],
        last: Snapshot | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._seconds, self._beside, self._clock = path, seconds, beside, clock
        self._saved = clock()
        self._last = last
        if last is None:
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
        facts = json.dumps({**snapshot.facts, **self._beside()})
        with atomic.replacing(self._path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, facts=np.array(facts), **snapshot.arrays)  # type: ignore[arg-type]
        self._saved = self._clock()
