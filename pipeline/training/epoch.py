"""An epoch: all examples once through the engine, which changes the weights in place (notes §3)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pipeline.training.determinism import Streams
from pipeline.training.examples import Examples, Kept
from pipeline.training.interruption import give_up_if_pressed

Array = np.ndarray
# Multiplications in one call of an engine that gathers: half a second at 1 GFLOP/s, or at 16 in batches, which are that
# much faster; no signal is heard in a call.
CALL, FASTER = 2**28, 16
GATHERED = 2**19  # bytes of rows of such an engine's own chunk (nn/compiled/engine.py)


class Trainer(Protocol):
    """An engine: what trains the weights that it was made with."""

    batch: int

    @property
    def mask_units(self) -> int: ...

    @property
    def takes_order(self) -> bool: ...

    def train(
        self,
        x: Array,
        d: Array,
        rates: Sequence[float],
        u: Array | None = None,
        importance: Array | None = None,
        order: Array | None = None,
    ) -> None: ...

    def snapshot(self) -> dict[str, Array]: ...

    def restore(self, arrays: dict[str, Array]) -> None: ...


class Epoch:
    """Goes through the examples, once in each ``run``.

    Rows are gathered a chunk of whole batches at a time, so that memory does not grow with the data, and no call of
    the engine takes long, so that Ctrl-C is heard.

    Args:
        d: desired outputs (rows, m_L).
        streams: ``dropout`` and ``input_dropout`` draw the masks.
        input_dropout: share of the inputs that is removed at each step.
        importance: (rows,) factors of each example's δ.
        parameters: weights of the network.
    """

    def __init__(
        self,
        engine: Trainer,
        examples: Examples,
        d: Array,
        streams: Streams,
        input_dropout: float = 0.0,
        importance: Array | None = None,
        parameters: int = 0,
    ) -> None:
        self._engine, self._examples, self._d, self._importance = engine, examples, d, importance
        self._streams, self._input_dropout = streams, input_dropout
        self._x = examples.x if isinstance(examples, Kept) and not input_dropout else None
        # What a row takes: itself (with a mask of its inputs, thrice), its desired outputs, and its masks of the units.
        numbers = examples.width * (3 if input_dropout else 1) + d.shape[1] + engine.mask_units
        self._rows = _chunk(engine.batch, examples, numbers)
        self._together = _heard(engine.batch, examples, parameters)

    def run(self, rates: Sequence[float], order: Array | None = None) -> None:
        """Train in place with η of each layer, on the rows that ``order`` (n,) names, or on all as they lie.

        Raises:
            ValueError: ``order`` holds something else than numbers of rows.
        """
        engine, dtype = self._engine, self._examples.dtype
        order = np.arange(self._examples.rows) if order is None and self._x is None else order
        for portion in self._as_they_lie() if order is None else self._in_order(_checked(order, self._examples.rows)):
            give_up_if_pressed()
            if self._input_dropout:
                _thin(portion.x, self._input_dropout, self._streams["input_dropout"])
            count = len(portion.x if portion.order is None else portion.order)
            u = self._streams["dropout"].random((count, engine.mask_units), dtype) if engine.mask_units else None
            engine.train(portion.x, portion.d, rates, u, portion.importance, portion.order)

    def _as_they_lie(self) -> Iterator["_Portion"]:
        """All rows in their own order; nothing is copied."""
        assert self._x is not None
        yield _Portion(self._x, self._d, self._importance)

    def _in_order(self, order: Array) -> Iterator["_Portion"]:
        """The rows ``order`` (n,); each portion overwrites the one before it."""
        # An engine that gathers gets the masks of a whole epoch: they should not outgrow the rows.
        if self._x is not None and self._engine.takes_order and self._engine.mask_units <= self._examples.width:
            for start in range(0, len(order), self._together):
                part = order[start : start + self._together]
                yield _Portion(self._x, self._d, self._weights(part), part)
            return
        from pipeline.nn.compiled.gather import take_rows  # Numba: see training.make_engine

        buffers = self._buffers()  # not kept: while rows are measured, others need the memory
        for start in range(0, len(order), self._rows):
            part = order[start : start + self._rows]
            x, d = (buffer[: len(part)] for buffer in buffers)
            self._examples.fill(part, x)
            take_rows(self._d, part, d)
            yield _Portion(x, d, self._weights(part))

    def _buffers(self) -> tuple[Array, Array]:
        x = np.empty((self._rows, self._examples.width), self._examples.dtype)
        return x, np.empty((self._rows, self._d.shape[1]), self._d.dtype)

    def _weights(self, part: Array) -> Array | None:
        return None if self._importance is None else self._importance[part]


class _Portion(NamedTuple):
    """What an engine trains on at a time; ``order`` names the rows of x and d, None stands for all."""

    x: Array
    d: Array
    importance: Array | None
    order: Array | None = None


def _chunk(batch: int, examples: Examples, numbers: int) -> int:
    """Rows per chunk: whole batches, at least one, about a portion by the numbers of a row, no more than there are."""
    wanted = examples.portion // (numbers * examples.dtype.itemsize)
    return min(max(batch, wanted // batch * batch), -(-examples.rows // batch) * batch)


def _heard(batch: int, examples: Examples, parameters: int) -> int:
    """Rows of one call that gathers: as many of its own chunks of whole batches as are trained on in half a second.

    Chunks stay as they are, and with them the order of all sums: the calls give the bits of a single one.
    """
    chunk = max(batch, GATHERED // (examples.width * examples.dtype.itemsize) // batch * batch)
    row = max(1, 3 * parameters * (1 + 2 / batch))  # forward, backward, slopes; and the update, twice for each weight
    return max(1, int(CALL * min(FASTER, batch) / row) // chunk) * chunk


def _checked(order: Array, rows: int) -> Array:
    order = np.ascontiguousarray(order)
    if order.ndim != 1 or not len(order) or order.dtype.kind not in "iu" or order.min() < 0 or order.max() >= rows:
        raise ValueError(f"the order of an epoch must be a list of row numbers from 0 to {rows - 1}")
    return order.astype(np.int64, copy=False)


def _thin(x: Array, rate: float, rng: np.random.Generator) -> None:
    """Remove inputs: 0 with probability ``rate``, else 1/(1 − rate) times the input; never the 1 of the biases."""
    keep = 1 - rate
    mask = rng.random((len(x), x.shape[1] - 1), x.dtype) < keep
    inner = x[:, 1:]
    inner *= mask
    inner /= keep
