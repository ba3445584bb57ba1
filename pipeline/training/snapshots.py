"""Snapshots of a training: all that the next epoch depends on, so that a trial can go on where it was killed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

Array = np.ndarray


class Snapshot(NamedTuple):
    """A training after a whole epoch, or a part of what is known of it.

    facts: plain values, as JSON can hold them: epoch, metrics, stopping and schedule state, generator states.
    arrays: weights and velocities by name.
    """

    facts: dict[str, Any]
    arrays: dict[str, Array]

    def __or__(self, other: "Snapshot") -> "Snapshot":
        """What both of them know."""
        return Snapshot(self.facts | other.facts, self.arrays | other.arrays)


class Snapshots(Protocol):
    """Where snapshots are kept; the caller of ``fit`` knows."""

    def load(self) -> Snapshot | None:
        """The last snapshot that was saved; None to start from the beginning."""

    def due(self) -> bool:
        """Whether it is time for another."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep the snapshot in place of the one before."""


class NoSnapshots:
    """Nothing is kept."""

    def load(self) -> Snapshot | None:
        """Nothing."""
        return None

    def due(self) -> bool:
        """Never."""
        return False

    def save(self, snapshot: Snapshot) -> None:
        """Do nothing."""


NO_SNAPSHOTS = NoSnapshots()


def numbered(prefix: str, arrays: Sequence[Array]) -> dict[str, Array]:
    """{"prefix1": first, "prefix2": second, …}"""
    return {f"{prefix}{number}": array for number, array in enumerate(arrays, 1)}


def restore_arrays(prefix: str, arrays: Mapping[str, Array], into: Sequence[Array]) -> None:
    """Write what ``numbered`` made back into arrays of the same shapes.

    Raises:
        ValueError: one is missing or has another shape.
    """
    for name, target in numbered(prefix, into).items():
        if name not in arrays or arrays[name].shape != target.shape:
            raise ValueError(f"the snapshot has no {name} of shape {target.shape}")
        target[...] = arrays[name]
