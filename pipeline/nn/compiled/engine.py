"""The compiled engine as Python sees it: flat copies of the weights, buffers made once, one call for many batches."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.arithmetic.handing import address, entry, packed, taken_as
from pipeline.nn.compiled.blocks import Block, train_blocks
from pipeline.nn.compiled.buffers import Flat, Known, Learned, Net, Rule, Space
from pipeline.nn.compiled.layout import describe, ones_beside_zeros, zeros
from pipeline.nn.compiled.products import PIECE
from pipeline.nn.compiled.steps import PART, taken, train_batches, train_collecting
from pipeline.nn.compiled.turning import PANEL
from pipeline.nn.compiled.updates import ADAM, CODES, DESCENT, MOMENTUM
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer

Array = np.ndarray
# Blocks pay for batches up to so many rows, and for first layers from so many weights.
SMALL_BATCH = {DESCENT: 8, MOMENTUM: 4}
WIDE = 16_384
CHUNK = 2**19  # bytes of rows that are gathered at a time: they should still be in the cache when they are used


class Blocks(NamedTuple):
    """What is known, with the buffers of a block."""

    known: Known
    block: Block


taken_known, taken_rows, _taken_blocks = taken_as(Known), taken_as(Flat), taken_as(Blocks)


def _train_batches(known: Any, more: Any, batch: int, chunk: int, real: float) -> None:
    net, rule, space, learned = taken_known(known, real)
    rows = taken_rows(more, real)
    count = len(rows.order) if len(rows.order) else len(rows.d) // net.sizes[-1]
    for at in range(0, count, chunk if len(rows.order) else count):
        part, _ = taken(net, rows, space, at, min(chunk, count - at))
        train_batches(net, rule, part, space, learned, batch)


def _train_collecting(known: Any, more: Any, batch: int, chunk: int, real: float) -> None:
    net, rule, space, learned = taken_known(known, real)
    train_collecting(net, rule, taken_rows(more, real), space, learned, batch)


def _train_blocks(known: Any, more: Any, batch: int, chunk: int, real: float) -> None:
    everything, block = _taken_blocks(known, real)
    net, rule, space, learned = everything
    rows = taken_rows(more, real)
    count = len(rows.order) if len(rows.order) else len(rows.d) // net.sizes[-1]
    for at in range(0, count, chunk if len(rows.order) else count):
        part, _ = taken(net, rows, space, at, min(chunk, count - at))
        train_blocks(net, rule, part, space, block, learned, batch)


class Engine:
    """Trains one network in place.

    Args:
        weights: W_1 … W_L, each (m_l, m_{l−1}+1), all float32 or all float64; changed by ``train``.
        batch: rows per update; the last batch of a call may be smaller.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Sequence[Array],
        optimizer: Optimizer,
        regularizer: Regularizer,
        batch: int,
    ) -> None:
        dtype = weights[0].dtype
        self.weights, self.batch, self._dropout = weights, batch, regularizer.dropout
        self._net = describe(architecture, dtype, min(batch, PART))
        total = int(self._net.w_at[-1])
        code = CODES[optimizer.name]
        formed, scaled = optimizer.formed, optimizer.input_scale > 0
        self.learned = Learned(
            zeros(total, dtype),
            zeros(total if code != DESCENT else 0, dtype),
            zeros(total if code == ADAM else 0, dtype),
            np.zeros(1, np.int64),
            zeros(int(self._net.w_at[1]) if scaled else 0, dtype),
            np.zeros((4, architecture.sizes[0] if scaled else 0), dtype),
        )
        first = optimizer.beta1 if code == ADAM else optimizer.momentum
        self._copies = self._pairs()
        constants = first, optimizer.beta2, optimizer.epsilon, optimizer.clip
        penalties = regularizer.l2, regularizer.smooth.l1, 1 - regularizer.dropout, optimizer.weight_decay
        values = np.array((*constants, *penalties, optimizer.bias_factor, regularizer.threshold), dtype)
        self._rule = Rule(code, int(formed), values, np.empty(len(weights) + scaled, dtype))
        y = ones_beside_zeros(self._net, min(batch, PART), dtype)
        wanted = CHUNK // ((architecture.sizes[0] + 1) * dtype.itemsize)
        self._chunk = PART if batch > PART else max(batch, wanted // batch * batch)
        v = int(self._net.v_at[-1])
        fields = zeros(v, dtype)
        gradient = zeros(total if formed or (batch > PART and code == DESCENT) else 0, dtype)
        x = np.empty(self._chunk * (architecture.sizes[0] + 1), dtype)
        d = np.empty(self._chunk * architecture.sizes[-1], dtype)
        turned = zeros((int(self._net.sizes[1:].max()) + PIECE) * PANEL, dtype)
        self._space = Space(fields, y, zeros(v, dtype), gradient, x, d, turned)
        if scaled:
            self._begin_scales()
        known = Known(self._net, self._rule, self._space, self.learned)
        self._loop = loop(architecture.sizes, optimizer, regularizer, batch)
        self._known: Any = (
            Blocks(known, _block(self._net, batch, dtype, code)) if self._loop is _train_blocks else known
        )
        self._words = packed(self._known, dtype)
        self._at = address(self._words)

    def _begin_scales(self) -> None:
        """Scales of 1, and W_1 as it is."""
        flat, w = self._copies[0]
        flat[...] = w.T
        self.learned.base[...] = self.learned.w[: len(self.learned.base)]
        self.learned.scales[0] = 1

    @property
    def mask_units(self) -> int:
        """Uniform numbers per row that dropout needs: one per hidden unit."""
        return int(self._net.u_at[-1]) if self._dropout else 0

    def train(
        self,
        x: Array,
        d: Array,
        rates: Sequence[float],
        u: Array | None = None,
        importance: Array | None = None,
        order: Array | None = None,
    ) -> None:
        """Update the weights by the rows in their order, or those that ``order`` names.

        Args:
            x: (rows, m_0+1) with the 1-column; d: (rows, m_L); both contiguous, of the weights' dtype.
            rates: η of each layer, and of the inputs' scales if they are trained.
            u: (rows, ``mask_units``) uniform in [0, 1), of the same dtype; units with a number below 1 − dropout stay.
            importance: (rows,) factors of each example's δ.
            order: (n,) int64 rows of x and d to take; u and importance then have n rows.
        """
        none, all_rows = np.empty(0, x.dtype), np.empty(0, np.int64)
        rows = Flat(
            x.reshape(-1),
            d.reshape(-1),
            none if u is None else u.reshape(-1),
            none if importance is None else importance,
            all_rows if order is None else order,
        )
        self._rule.rates[:] = rates
        for flat, w in self._copies:
            flat[...] = w.T
        self._run(self._loop, rows, self.batch, self._chunk)
        for flat, w in self._copies:
            w.T[...] = flat

    @property
    def takes_order(self) -> bool:
        """``train`` gathers rows itself, right before it uses them."""
        return True

    def snapshot(self) -> dict[str, Array]:
        """Moments and the number of updates, as copies: with the weights, all that the next step depends on."""
        return {name: array.copy() for name, array in self._remembered()}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Go on from a ``snapshot``; ValueError where it is one of another network or rule."""
        for name, array in self._remembered():
            if name not in arrays or arrays[name].shape != array.shape:
                raise ValueError(f"the state has no {name} of shape {array.shape}: it is of another network or rule")
            array[...] = arrays[name]

    def _remembered(self) -> list[tuple[str, Array]]:
        names = Learned._fields[1:]
        return list(zip(names, self.learned[1:], strict=True))

    def _run(self, function: Any, rows: Flat, a: int, b: int = 0) -> None:
        dtype = self.learned.w.dtype
        words = packed(rows, dtype)
        entry(function, dtype)(self._at, address(words), a, b)

    def _pairs(self) -> list[tuple[Array, Array]]:
        """The flat weights of each layer, without the zeros beside them, and the caller's."""
        flat = [self.learned.w[low:high] for low, high in itertools.pairwise(self._net.w_at)]
        whole = [part.reshape(-1, units) for part, units in zip(flat, self._net.wide, strict=True)]
        return [(part[:, : w.shape[0]], w) for part, w in zip(whole, self.weights, strict=True)]


def loop(sizes: Sequence[int], optimizer: Optimizer, regularizer: Regularizer, batch: int) -> Callable[..., None]:
    """What trains networks (m_0, …, m_L) by such batches: blocks where they pay."""
    if optimizer.formed or batch > PART:
        return _train_collecting
    small = not regularizer.l1 and batch <= SMALL_BATCH.get(CODES[optimizer.name], 0)
    return _train_blocks if small and sizes[0] * sizes[1] >= WIDE else _train_batches


def _block(net: Net, batch: int, dtype: np.dtype, code: int) -> Block:
    """Buffers for a block of rows."""
    wide = int(net.wide[0])
    rows = PANEL // batch * batch
    size, steps = rows * wide, rows // batch
    return Block(
        zeros(size, dtype),
        zeros(0 if code == DESCENT else size, dtype),
        zeros(size, dtype),
        zeros(size, dtype),
        zeros(PANEL * PANEL, dtype),
        np.zeros((batch, PANEL), dtype),
        np.empty((6, steps + 1), dtype),
        np.empty((6, steps + 1), dtype),
        zeros(int(net.sizes[0]) * PANEL, dtype),
    )
