"""Holdout's engine as a contestant, plain and with what else it can do."""

import dataclasses
from collections.abc import Callable

import numpy as np

from benchmarks.cells import RATE, Cell
from pipeline.nn.initializers import allocate
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.determinism import Streams
from pipeline.training.diagnostics import Diagnostics
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Kept
from pipeline.training.training import make_engine

Array = np.ndarray


class Ours:
    """One epoch of the training loop, gathering included; with ``inside``, the diagnostics of every layer after it."""

    def __init__(
        self,
        cell: Cell,
        optimizer: Optimizer | None = None,
        dropout: float = 0.0,
        inside: bool = False,
        engine: str = "compiled",
    ) -> None:
        hidden = ("tanh",) * (len(cell.sizes) - 2)
        architecture = Architecture(cell.sizes, (*hidden, "softmax"), "cross_entropy")
        self._weights = [allocate(w.shape[1] - 1, w.shape[0], (), w.dtype) for w in cell.weights]
        for w, start in zip(self._weights, cell.weights, strict=True):
            w[...] = start
        how = dataclasses.replace(optimizer or Optimizer(), batch_size=cell.batch)
        made = make_engine(architecture, self._weights, how, Regularizer(dropout=dropout), len(cell.x), engine)
        examples = Kept(np.hstack([np.ones((len(cell.x), 1), np.float32), cell.x]))
        self._rates = [RATE] * len(self._weights)
        self._whole = cell.batch == len(cell.x)  # with all rows in each update their order makes no difference
        self._epoch = Epoch(made, examples, cell.d, Streams(1))
        self._inside = Diagnostics(architecture, self._weights, examples, cell.d) if inside else None

    def epoch(self, order: Array) -> None:
        self._epoch.run(self._rates, None if self._whole else order)
        if self._inside:
            self._inside.measure()

    def weights(self) -> list[Array]:
        return self._weights


VARIANTS: dict[str, Callable[[Cell], Ours]] = {
    "plain": Ours,
    "momentum": lambda cell: Ours(cell, Optimizer("momentum", momentum=0.9)),
    "dropout": lambda cell: Ours(cell, dropout=0.5),
    "diagnostics": lambda cell: Ours(cell, inside=True),
}
