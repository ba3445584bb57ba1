"""Where training takes its rows from: prepared once and kept, or prepared anew each time they are asked for."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from pipeline.training.model import Model

Array = np.ndarray
KEPT = 2**31  # bytes of prepared rows that are kept in memory; more are prepared on the fly


class Feed(Protocol):
    """``rows`` prepared examples of ``width`` = m_0+1 numbers, the 1 of the biases first."""

    rows: int
    width: int
    dtype: np.dtype

    def fill(self, order: Array, out: Array) -> None:
        """Write the examples ``order`` (n,) into ``out`` (n, width)."""

    def part(self, rows: slice) -> Array:
        """Those examples in their own order, (n, width), for measuring: never augmented."""


class Kept:
    """All rows prepared at once: x (rows, m_0+1)."""

    def __init__(self, x: Array) -> None:
        self.x, self.dtype = x, x.dtype
        self.rows, self.width = x.shape

    def fill(self, order: Array, out: Array) -> None:
        from pipeline.nn.compiled.gather import take_rows  # Numba: see loop.make_engine

        take_rows(self.x, order, out)

    def part(self, rows: slice) -> Array:
        return self.x[rows]


class OnTheFly:
    """Raw rows X (rows, columns), often a memory map, prepared whenever they are needed; memory stays flat.

    distort: called with raw rows before they are prepared, for training only (augmentation).
    """

    def __init__(self, model: Model, X: Array, distort: Callable[[Array], Array] | None = None) -> None:
        self._model, self._X, self._distort = model, X, distort
        self.rows, self.width, self.dtype = len(X), model.architecture.sizes[0] + 1, model.weights[0].dtype

    def fill(self, order: Array, out: Array) -> None:
        raw = np.asarray(self._X[order])
        out[...] = self._model.prepare(self._distort(raw) if self._distort else raw)

    def part(self, rows: slice) -> Array:
        return self._model.prepare(np.asarray(self._X[rows]))


def feed_for(model: Model, X: Array, kept: int = KEPT) -> Feed:
    """The rows of X (rows, columns), kept if they take no more than ``kept`` bytes."""
    size = len(X) * (model.architecture.sizes[0] + 1) * model.weights[0].dtype.itemsize
    return Kept(model.prepare(X)) if size <= kept else OnTheFly(model, X)
