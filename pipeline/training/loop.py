"""The training loop: a generator of epochs. Who consumes it measures, logs and stops (notes §3)."""

import functools
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from pipeline.nn.activations import NotCompiled, uncompiled
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Rules
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Penalty
from pipeline.training.feed import Feed, Kept

Array = np.ndarray
CHUNK = 2**20  # bytes of rows that are gathered at a time: they should still be in the cache when they are used
ENGINES = ("compiled", "numpy")


@dataclass(frozen=True)
class Plan:
    """How to go through the data: hyperparameters as plain values.

    batch_size: 1 is online, 0 is batch learning (all rows), anything between is mini-batch.
    dropout, input_dropout: shares of hidden units and of inputs that are removed at each step.
    engine: one of ``ENGINES``.
    """

    learning_rate: float
    batch_size: int
    dropout: float = 0.0
    input_dropout: float = 0.0
    engine: str = "compiled"


class Trainer(Protocol):
    """What ``make_engine`` gives."""

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


def make_engine(
    architecture: Architecture, weights: Sequence[Array], rules: Rules, penalty: Penalty, plan: Plan, rows: int
) -> Trainer:
    """The engine of the plan for ``rows`` examples; it trains ``weights`` in place.

    An activation that is not compiled takes the NumPy engine, with a note.
    """
    batch = min(plan.batch_size or rows, rows)
    arguments = (architecture, weights, rules, penalty, batch, plan.dropout)
    lacking = uncompiled(architecture.activations) if plan.engine == "compiled" else []
    for family in lacking:
        _note(family)
    if plan.engine == "numpy" or lacking:
        return Reference(*arguments)
    from pipeline.nn.compiled.engine import Engine  # here, for Numba takes long to load and reused trials need none

    return Engine(*arguments)


@functools.cache
def _note(family: str) -> None:
    """Say once in a process that an activation makes training slower."""
    text = f"activation {family} is not in the compiled engine: it trains by the NumPy engine, slower"
    warnings.warn(text, NotCompiled, stacklevel=3)


def run_epochs(
    engine: Trainer,
    feed: Feed,
    d: Array,
    streams: dict[str, np.random.Generator],
    rates: Callable[[int], Sequence[float]],
    order: Callable[[int], Array] | None = None,
    input_dropout: float = 0.0,
    importance: Array | None = None,
    done: int = 0,
) -> Iterator[int]:
    """Train in place, yielding 1, 2, … after each epoch.

    Rows are gathered a chunk of whole batches at a time, so that memory does not grow with the data.

    Args:
        feed: the training rows; d: (rows, m_L).
        streams: generators by name; ``batches`` draws the order, ``dropout`` and ``input_dropout`` the masks.
        rates: η of each layer in an epoch.
        order: the indices of an epoch's examples; by default a new permutation every time.
        importance: (rows,) factors of each example's δ.
        done: epochs that were trained before; the next is ``done`` + 1.

    Raises:
        ValueError: ``order`` gives indices that are not those of rows.
    """
    rows = _Portions(engine, feed, d, importance, copies=bool(input_dropout))
    draw = order or (lambda epoch: streams["batches"].permutation(feed.rows))
    # With all rows in each update their order makes no difference, and nothing needs to be gathered.
    ordered = order is not None or engine.batch < feed.rows or not rows.kept
    for epoch in itertools.count(done + 1):
        eta = rates(epoch)
        for portion in rows.in_order(_checked(draw(epoch), feed.rows)) if ordered else rows.as_they_lie():
            if input_dropout:
                _thin(portion.x, input_dropout, streams["input_dropout"])
            count = len(portion.x if portion.order is None else portion.order)
            u = streams["dropout"].random((count, engine.mask_units), feed.dtype) if engine.mask_units else None
            engine.train(portion.x, portion.d, eta, u, portion.importance, portion.order)
        yield epoch


class _Portion(NamedTuple):
    """What an engine trains on at a time; ``order`` names the rows of x and d, None stands for all."""

    x: Array
    d: Array
    importance: Array | None
    order: Array | None = None


class _Portions:
    """Brings rows into the order of an epoch: chunks of whole batches at a time, in buffers made once.

    Rows that are kept in memory are not copied where the engine can do without.
    """

    def __init__(self, engine: Trainer, feed: Feed, d: Array, importance: Array | None, copies: bool) -> None:
        self._feed, self._d, self._importance = feed, d, importance
        self._x = feed.x if isinstance(feed, Kept) and not copies else None
        # The masks of dropout are then drawn for a whole epoch: they should not outgrow the rows.
        self._engine_gathers = self.kept and engine.takes_order and engine.mask_units <= feed.width
        self._rows = _chunk(engine.batch, feed)

    @property
    def kept(self) -> bool:
        """Whether the rows can be used where they lie."""
        return self._x is not None

    def as_they_lie(self) -> Iterator[_Portion]:
        """All rows in their own order."""
        assert self._x is not None
        yield _Portion(self._x, self._d, self._importance)

    def in_order(self, order: Array) -> Iterator[_Portion]:
        """The rows ``order`` (n,); each portion overwrites the one before it."""
        if self._engine_gathers:
            assert self._x is not None
            yield _Portion(self._x, self._d, self._weights(order), order)
            return
        from pipeline.nn.compiled.gather import take_rows  # Numba: see make_engine

        for start in range(0, len(order), self._rows):
            part = order[start : start + self._rows]
            x, d = (buffer[: len(part)] for buffer in self._buffers)
            self._feed.fill(part, x)
            take_rows(self._d, part, d)
            yield _Portion(x, d, self._weights(part))

    @functools.cached_property
    def _buffers(self) -> tuple[Array, Array]:
        x = np.empty((self._rows, self._feed.width), self._feed.dtype)
        return x, np.empty((self._rows, self._d.shape[1]), self._d.dtype)

    def _weights(self, part: Array) -> Array | None:
        return None if self._importance is None else self._importance[part]


def _chunk(batch: int, feed: Feed) -> int:
    """Rows per chunk: whole batches, at least one, about ``CHUNK`` bytes, no more than there are."""
    wanted = CHUNK // (feed.width * feed.dtype.itemsize)
    return min(max(batch, wanted // batch * batch), -(-feed.rows // batch) * batch)


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
