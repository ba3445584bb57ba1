"""Rows of a data set with what belongs to each: the one form in which they pass between the rooms."""

from dataclasses import dataclass
from typing import cast

import numpy as np

Array = np.ndarray


class Picked:
    """The rows ``order`` (n,) of X (rows, columns), read when they are asked for: what is copied needs no memory.

    As much of an array as who passes over rows a slice at a time needs.
    """

    def __init__(self, X: Array, order: Array) -> None:
        self._X, self._order = X, order
        self.dtype, self.shape = X.dtype, (len(order), *X.shape[1:])

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, rows: slice) -> Array:
        found: Array = self._X[self._order[rows]]
        return found


def numbered(rows: int) -> Array:
    """0, 1, … (rows,), in four bytes each where that is enough."""
    return np.arange(rows, dtype=np.int32 if rows < 2**31 else np.int64)


@dataclass(frozen=True, eq=False)
class Rows:
    """Examples, one per row.

    X: (rows, columns) raw inputs, often a memory map; y: (rows,) class indices or real targets, or (rows, targets)
    flags or real targets; groups: (rows,) numbers of what must stay together; importance: (rows,) factors of the
    examples' share in E; origin: (rows,) their indices in the prepared data; moments: (rows,) times in seconds, by
    which they are dealt. None where there are none.
    """

    X: Array
    y: Array
    groups: Array | None = None
    importance: Array | None = None
    origin: Array | None = None
    moments: Array | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, indices: Array) -> "Rows":
        """The rows with these indices, in their order."""
        optional = (None if values is None else values[indices] for values in self._optional)
        return Rows(self.X[indices], self.y[indices], *optional)

    def pick(self, indices: Array) -> "Rows":
        """The same, but X stays where it is until it is read, a slice of rows at a time: see Picked."""
        optional = (None if values is None else values[indices] for values in self._optional)
        return Rows(cast(Array, Picked(self.X, indices)), self.y[indices], *optional)

    def bare(self, indices: Array) -> "Rows":
        """As ``pick``, but with inputs and targets only."""
        return Rows(cast(Array, Picked(self.X, indices)), self.y[indices])

    def __add__(self, other: "Rows") -> "Rows":
        """These rows, then the others; what one of the two lacks, both together lack."""
        pairs = zip(self._optional, other._optional, strict=True)
        optional = (None if one is None or two is None else np.concatenate([one, two]) for one, two in pairs)
        return Rows(np.concatenate([self.X, other.X]), np.concatenate([self.y, other.y]), *optional)

    @property
    def _optional(self) -> tuple[Array | None, ...]:
        return self.groups, self.importance, self.origin, self.moments
