"""The training loop: a generator of epochs. Who consumes it measures, logs and stops (notes §3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.nn.network import Architecture, Workspace, backward, factors, forward
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import draw_mask

Array = np.ndarray


@dataclass(frozen=True)
class Plan:
    """How to go through the data: hyperparameters as plain values.

    batch_size: 1 is online, 0 is batch learning (all rows), anything between is mini-batch.
    dropout: share of hidden units removed at each step.
    """

    learning_rate: float
    batch_size: int
    dropout: float = 0.0


def run_epochs(
    architecture: Architecture,
    weights: Sequence[Array],
    optimizer: Optimizer,
    plan: Plan,
    x: Array,
    d: Array,
    streams: dict[str, np.random.Generator],
) -> Iterator[int]:
    """Train in place, yielding 1, 2, … after each epoch.

    Args:
        x: (rows, m_0+1) with the 1-column; d: (rows, m_L).
        streams: generators by name; ``batches`` draws the order, ``dropout`` the masks.
    """
    rows, batch = len(x), min(plan.batch_size or len(x), len(x))
    sizes = {batch, rows % batch} - {0}
    spaces = {size: Workspace(architecture, size, x.dtype, dropout=plan.dropout) for size in sizes}
    shuffled_x, shuffled_d = np.empty_like(x), np.empty_like(d)
    state = optimizer.init(weights)
    rates = [plan.learning_rate] * len(weights)
    epoch = 0
    while True:
        order = streams["batches"].permutation(rows)
        # mode="clip" lets take() write straight into the buffer; every index is in range.
        np.take(x, order, axis=0, out=shuffled_x, mode="clip")
        np.take(d, order, axis=0, out=shuffled_d, mode="clip")
        for start in range(0, rows, batch):
            batch_x, batch_d = shuffled_x[start : start + batch], shuffled_d[start : start + batch]
            space = spaces[len(batch_x)]
            for mask in space.masks:
                draw_mask(mask, plan.dropout, streams["dropout"])
            forward(architecture, weights, batch_x, space)
            backward(architecture, weights, batch_d, space)
            optimizer.update(weights, state, factors(batch_x, space), rates)
        epoch += 1
        yield epoch
