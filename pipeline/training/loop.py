"""The training loop: a generator of epochs. Who consumes it measures, logs and stops (notes §3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pipeline.nn.compiled.engine import Engine
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Rules
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Penalty
from pipeline.training.feed import Feed

Array = np.ndarray
CHUNK = 2**23  # bytes of rows that are gathered at a time
ENGINES: dict[str, Callable[..., Any]] = {"compiled": Engine, "numpy": Reference}


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
    mask_units: int

    def train(
        self, x: Array, d: Array, rates: Sequence[float], u: Array | None = None, importance: Array | None = None
    ) -> None: ...

    def snapshot(self) -> dict[str, Array]: ...

    def restore(self, arrays: dict[str, Array]) -> None: ...


def make_engine(
    architecture: Architecture, weights: Sequence[Array], rules: Rules, penalty: Penalty, plan: Plan, rows: int
) -> Trainer:
    """The engine of the plan for ``rows`` examples; it trains ``weights`` in place."""
    batch = min(plan.batch_size or rows, rows)
    engine: Trainer = ENGINES[plan.engine](architecture, weights, rules, penalty, batch, plan.dropout)
    return engine


def run_epochs(
    engine: Trainer,
    feed: Feed,
    d: Array,
    streams: dict[str, np.random.Generator],
    rates: Callable[[int], Sequence[float]],
    order: Callable[[int], Array] | None = None,
    input_dropout: float = 0.0,
    importance: Array | None = None,
) -> Iterator[int]:
    """Train in place, yielding 1, 2, … after each epoch.

    Rows are gathered a chunk of whole batches at a time, so that memory does not grow with the data.

    Args:
        feed: the training rows; d: (rows, m_L).
        streams: generators by name; ``batches`` draws the order, ``dropout`` the masks.
        rates: η of each layer in an epoch.
        order: the indices of an epoch's examples; by default a new permutation every time.
        importance: (rows,) factors of each example's δ.

    Raises:
        ValueError: ``order`` gives indices that are not those of rows.
    """
    draw = order or (lambda epoch: streams["batches"].permutation(feed.rows))
    chunk = _chunk(engine.batch, feed)
    x_buffer, d_buffer = np.empty((chunk, feed.width), feed.dtype), np.empty((chunk, d.shape[1]), d.dtype)
    epoch = 0
    while True:
        epoch += 1
        indices, eta = _checked(draw(epoch), feed.rows), rates(epoch)
        for start in range(0, len(indices), chunk):
            part = indices[start : start + chunk]
            x, wanted = x_buffer[: len(part)], d_buffer[: len(part)]
            feed.fill(part, x)
            np.take(d, part, axis=0, out=wanted, mode="clip")
            if input_dropout:
                _thin(x, input_dropout, streams["dropout"])
            u = streams["dropout"].random((len(part), engine.mask_units), x.dtype) if engine.mask_units else None
            engine.train(x, wanted, eta, u, None if importance is None else importance[part])
        yield epoch


def _chunk(batch: int, feed: Feed) -> int:
    """Rows per chunk: whole batches, at least one, about ``CHUNK`` bytes, no more than there are."""
    wanted = CHUNK // (feed.width * feed.dtype.itemsize)
    return min(max(batch, wanted // batch * batch), -(-feed.rows // batch) * batch)


def _checked(order: Array, rows: int) -> Array:
    order = np.asarray(order)
    if order.ndim != 1 or not len(order) or order.dtype.kind not in "iu" or order.min() < 0 or order.max() >= rows:
        raise ValueError(f"the order of an epoch must be a list of row numbers from 0 to {rows - 1}")
    return order


def _thin(x: Array, rate: float, rng: np.random.Generator) -> None:
    """Remove inputs: 0 with probability ``rate``, else 1/(1 − rate) times the input; never the 1 of the biases."""
    keep = 1 - rate
    mask = rng.random((len(x), x.shape[1] - 1), x.dtype) < keep
    inner = x[:, 1:]
    inner *= mask
    inner /= keep
