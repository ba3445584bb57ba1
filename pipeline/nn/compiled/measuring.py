"""Looking at a network without training it: its readout, and the slopes of E, by the passes that training makes."""

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.arithmetic.cache import Part
from pipeline.arithmetic.handing import call, entry_part, lend
from pipeline.nn.compiled.buffers import Flat
from pipeline.nn.compiled.engine import Engine, taken_known, taken_rows
from pipeline.nn.compiled.passes import Handed
from pipeline.nn.compiled.steps import PART, collect
from pipeline.nn.network import Architecture, Probe
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer

Array = np.ndarray
PAIR = 2  # one row alone would take another path than many, to other bits: it is looked at twice
KEPT = 4  # passes of one thread
_OF_THREAD = threading.local()
PLAIN, FORMED = Optimizer(), Optimizer(clip=1.0)  # rules: the second has a place for ∂E/∂W


def _read(known: Any, more: Any, piece: int, _: int, real: float) -> None:
    """y_L of all rows, in the place of d."""
    net, _rule, space, learned = taken_known(known, real)
    rows = taken_rows(more, real)
    layers, m = len(net.sizes) - 1, net.sizes[-1]
    at, count = net.y_at[layers - 1], len(rows.d) // m
    lent, one = lend(Handed(net, rows, space, learned.w)), learned.w.dtype.type(1)
    for begin in range(0, count, piece):
        start = min(begin, count - PAIR)
        size = min(piece, count - start)
        call(net.forward, lent, 0, start, size, one)
        for r in range(size):
            for j in range(m):
                rows.d[(start + r) * m + j] = space.y[at + r * (m + 1) + 1 + j]


def _probe(known: Any, more: Any, count: int, _: int, real: float) -> None:
    """−∂E/∂W, and then y and δ of all rows where they are no more than a part."""
    net, rule, space, learned = taken_known(known, real)
    rows = taken_rows(more, real)
    collect(net, rule, rows, space, learned, 0, count, space.gradient, 1)
    if count <= PART:
        lent, one = lend(Handed(net, rows, space, learned.w)), learned.w.dtype.type(1)
        call(net.forward, lent, 0, 0, count, one)
        call(net.backward, lent, 0, 0, count, one)


def measuring_parts(dtype: np.dtype) -> list[Part]:
    """What looks at networks of this dtype."""
    return [entry_part(_probe, dtype), entry_part(_read, dtype)]


class Passes(Engine):
    """The passes of training over rows of one network, without the updates.

    Args:
        weights: W_1 … W_L, each (m_l, m_{l−1}+1), as they are when it is made.
        rows: as many as are looked at.
    """

    def __init__(self, architecture: Architecture, weights: Sequence[Array], rows: int, rule: Optimizer) -> None:
        super().__init__(architecture, weights, rule, Regularizer(), _batch(rows))
        self.take(weights)

    def take(self, weights: Sequence[Array]) -> None:
        """Look at these weights from now on."""
        for (flat, _), w in zip(self._copies, weights, strict=True):
            flat[...] = w.T

    def read(self, x: Array) -> Array:
        """y_L (rows, m_L) for x (rows ≥ 2, m_0+1)."""
        z = np.empty((len(x), self.weights[-1].shape[0]), x.dtype)
        self._run(_read, self._rows(x, z, None), self.batch)
        return z

    def probe(self, x: Array, d: Array, importance: Array | None) -> Probe:
        """The slopes of E over the rows, and what the units say and are told where these are no more than a part."""
        self._run(_probe, self._rows(x, d, importance), len(x))
        space, units = self._space, [w.shape[0] for w in self.weights]
        outputs = _by_rows(space.y, self._net.y_at, self.batch)
        deltas = _by_rows(space.v, self._net.v_at, self.batch)
        lines = [
            space.gradient[low:high].reshape(inputs + 1, -1)
            for low, high, inputs in zip(self._net.w_at, self._net.w_at[1:], self._net.sizes, strict=False)
        ]
        return Probe(
            [y[: len(x), 1 : m + 1].copy() for y, m in zip(outputs, units, strict=True)],
            [delta[: len(x), :m].copy() for delta, m in zip(deltas, units, strict=True)],
            [-line[: w.shape[1], : w.shape[0]].T for line, w in zip(lines, self.weights, strict=True)],
        )

    def _rows(self, x: Array, d: Array, importance: Array | None) -> Flat:
        none = np.empty(0, x.dtype)
        known = np.ascontiguousarray(x).reshape(-1), np.ascontiguousarray(d).reshape(-1)
        return Flat(*known, none, none if importance is None else importance, np.empty(0, np.int64))


def _by_rows(flat: Array, places: Array, batch: int) -> list[Array]:
    """What lies flat, layer after layer, as (batch, width) of each."""
    return [flat[low:high].reshape(batch, -1) for low, high in itertools.pairwise(places)]


def _batch(rows: int) -> int:
    return min(max(rows, PAIR), PART)


def _kept(architecture: Architecture, weights: Sequence[Array], rows: int, rule: Optimizer) -> Passes:
    """This thread's passes for networks and rows like these, with these weights: buffers are made once."""
    known: dict[str, Passes] = _OF_THREAD.__dict__
    key = f"{architecture} {weights[0].dtype} {_batch(rows)} {rule.formed}"
    if key not in known:
        if len(known) == KEPT:
            known.clear()
        known[key] = Passes(architecture, weights, rows, rule)
    known[key].take(weights)
    return known[key]


def readout(architecture: Architecture, weights: Sequence[Array], x: Array) -> Array:
    """z (rows, m_L), see losses.py, for x (rows, m_0+1) of the weights' dtype; a row's depends on no other row."""
    if not len(x):
        return np.empty((0, architecture.sizes[-1]), x.dtype)
    pair = x if len(x) >= PAIR else np.repeat(x, PAIR, axis=0)
    return _kept(architecture.as_read, weights, len(x), PLAIN).read(pair)[: len(x)]


def probed(
    architecture: Architecture, weights: Sequence[Array], x: Array, d: Array, importance: Array | None = None
) -> Probe:
    """The slopes of E over rows x (rows, m_0+1) with d (rows, m_L) and factors (rows,), penalties left out."""
    return _kept(architecture, weights, len(x), FORMED).probe(x, d, importance)
