"""Rows as the network is shown them: prepared once and kept, or prepared anew each time they are asked for."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.feed.augmentation import Augmentation, augment
from pipeline.feed.paging import expecting
from pipeline.feed.preprocessing import standardize
from pipeline.feed.rows import Rows
from pipeline.feed.schema import NUMBER, Schema
from pipeline.feed.sparsity import DENSE, SparseRows, rows_of
from pipeline.headroom import free_bytes
from pipeline.training.determinism import Streams
from pipeline.training.metrics import desired
from pipeline.training.model import Model

Array = np.ndarray
KEPT = 2**31  # bytes of prepared rows that are kept in memory at most; more are prepared on the fly
SHARE = 4  # and no more than one in so many that are free: validation rows and other trials need theirs
CHUNK = 8192
PIECE = 1024  # rows that are read and prepared at a time
PORTION = 2**20  # bytes: they should still be in the cache when they are used


class Examples(Protocol):
    """``rows`` prepared examples of ``width`` = m_0+1 numbers, the 1 of the biases first.

    portion: bytes of them that are best filled at a time.
    """

    rows: int
    width: int
    dtype: np.dtype
    portion: int

    def fill(self, order: Array, out: Array) -> None:
        """Write the examples ``order`` (n,) into ``out`` (n, width)."""

    def part(self, rows: slice) -> Array:
        """Those examples in their own order, (n, width), for measuring: never augmented."""


class Kept:
    """All rows prepared at once: x (rows, m_0+1)."""

    def __init__(self, x: Array) -> None:
        self.x, self.dtype, self.portion = x, x.dtype, PORTION
        self.rows, self.width = x.shape

    def fill(self, order: Array, out: Array) -> None:
        from pipeline.nn.compiled.gather import take_rows  # Numba: see training.make_engine

        take_rows(self.x, order, out)

    def part(self, rows: slice) -> Array:
        return self.x[rows]


class OnTheFly:
    """Raw rows X (rows, columns), often a memory map, prepared whenever they are needed; memory stays flat.

    They are read in the order in which they lie. Of a file that is larger than the free memory, much is filled at a
    time: to read it in one direction a few times is faster than to look for every row.
    """

    def __init__(self, model: Model, X: Array) -> None:
        self._model, self._X = model, X
        self.rows, self.width, self.dtype = len(X), model.architecture.sizes[0] + 1, model.weights[0].dtype
        fits = X.nbytes <= free_bytes()
        self._expect = (lambda order: None) if fits else expecting(X)
        self.portion = PORTION if fits else max(PORTION, _allowed())

    def fill(self, order: Array, out: Array) -> None:
        places = np.argsort(order)
        pieces = [places[start : start + PIECE] for start in range(0, len(order), PIECE)]
        self._expect(order[pieces[0]])
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
            if after is not None:
                self._expect(order[after])
            out[piece] = self._model.prepare(rows_of(self._X, order[piece]))

    def part(self, rows: slice) -> Array:
        return self._model.prepare(rows_of(self._X, rows))


class Distorted(OnTheFly):
    """Rows that are distorted anew, before they are prepared, each time they are filled; never those of a ``part``.

    distort: called with raw rows (n, columns) in the order of the epoch; what it draws depends on how many there are.
    """

    def __init__(self, model: Model, X: Array, distort: Callable[[Array], Array]) -> None:
        super().__init__(model, X)
        self._distort, self.portion = distort, PORTION

    def fill(self, order: Array, out: Array) -> None:
        self._expect(order)
        out[...] = self._model.prepare(self._distort(np.asarray(self._X[order])))


class Shown(NamedTuple):
    """Prepared examples, their desired outputs d (rows, m_L), their labels or targets y, and what they weigh in scores.

    y: (rows,), or (rows, targets) of several; weights: (rows,), or None for equal ones.
    """

    examples: Examples
    d: Array
    y: Array
    weights: Array | None = None


def show(model: Model, rows: Rows) -> Shown:
    """The rows as ``model`` is shown them."""
    return Shown(prepared(model, rows.X), desired(model, rows.y), rows.y, rows.importance)


def prepared(model: Model, X: Any, kept: int | None = None) -> Examples:
    """The rows of X (rows, columns), kept if they take no more than ``kept`` bytes; None: as the free memory allows.

    Either way training gives the same bits.
    """
    size = len(X) * (model.architecture.sizes[0] + 1) * model.weights[0].dtype.itemsize
    if kept is None:  # little is kept anyway; to ask what is free takes longer than a small epoch
        kept = size if size <= min(KEPT, PORTION) else _allowed()
        kept = min(kept, DENSE) if isinstance(X, SparseRows) else kept
    return Kept(model.prepare(X)) if size <= kept else OnTheFly(model, X)


def _allowed() -> int:
    """Bytes of prepared rows that may be in memory."""
    return min(KEPT, free_bytes() // SHARE)


def distorted(plain: Examples, model: Model, X: Array, schema: Schema, how: Augmentation, streams: Streams) -> Examples:
    """The rows to train on: ``plain``, or X distorted anew in every epoch (notes §6)."""
    if not how.active:
        return plain
    spread, rng = _spreads(X, schema) if schema.kinds else _spread(X), streams["augmentation"]
    return Distorted(model, X, lambda raw: augment(raw, schema.image_shape, how, rng, spread))


def _spread(X: Array) -> float:
    """Standard deviation over all values, by way of the columns', so that a memory map is not copied."""
    means = standardize(X).mean
    variances = np.array([mean(np.square(X[:, i] - one, dtype=np.float64)) for i, one in enumerate(means)])
    return float(np.sqrt(mean(variances) + mean(np.square(means - mean(means)))))


def _spreads(X: Array, schema: Schema) -> Array:
    """(features,) standard deviation of each number, gaps left out; 0 for what is no number, and stays as it is."""
    found = np.zeros(len(schema.features))
    for j in (j for j, kind in enumerate(schema.kinds) if kind == NUMBER):
        known = X[:, j][~np.isnan(X[:, j])]
        found[j] = standardize(known[:, None]).scale[0] if len(known) and known.min() < known.max() else 0.0
    return found


def inputs(examples: Examples) -> Array:
    """All prepared rows (rows, m_0), without the 1-column; a view where they are kept."""
    if isinstance(examples, Kept):
        return examples.x[:, 1:]
    starts = range(0, examples.rows, CHUNK)
    return np.concatenate([examples.part(slice(at, at + CHUNK))[:, 1:] for at in starts])
