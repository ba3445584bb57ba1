"""Holdout's engine as a contestant, plain and with what else it can do."""

from collections.abc import Callable

import numpy as np

from benchmarks.cells import RATE, Cell
from pipeline.nn.initializers import allocate
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Rules
from pipeline.nn.regularizers import Penalty
from pipeline.training.diagnostics import Diagnostics
from pipeline.training.feed import Kept
from pipeline.training.loop import Plan, make_engine, run_epochs
from pipeline.training.streams import spawn

Array = np.ndarray


class Ours:
    """One epoch of the training loop, gathering included; with ``inside``, the diagnostics of every layer after it."""

    def __init__(
        self,
        cell: Cell,
        rules: Rules | None = None,
        dropout: float = 0.0,
        inside: bool = False,
        engine: str = "compiled",
    ) -> None:
        hidden = ("tanh",) * (len(cell.sizes) - 2)
        architecture = Architecture(cell.sizes, (*hidden, "softmax"), "cross_entropy")
        self._weights = [allocate(w.shape[1] - 1, w.shape[0], (), w.dtype) for w in cell.weights]
        for w, start in zip(self._weights, cell.weights, strict=True):
            w[...] = start
        plan = Plan(RATE, cell.batch, dropout, engine=engine)
        made = make_engine(architecture, self._weights, rules or Rules(), Penalty(), plan, len(cell.x))
        feed = Kept(np.hstack([np.ones((len(cell.x), 1), np.float32), cell.x]))
        rates = [RATE] * len(self._weights)
        self._order = np.arange(len(cell.x))
        order = None if cell.batch == len(cell.x) else lambda epoch: self._order
        self._epochs = run_epochs(made, feed, cell.d, spawn(1), lambda epoch: rates, order)
        self._inside = Diagnostics(architecture, self._weights, feed, cell.d) if inside else None

    def epoch(self, order: Array) -> None:
        self._order = order
        next(self._epochs)
        if self._inside:
            self._inside.measure()

    def weights(self) -> list[Array]:
        return self._weights


VARIANTS: dict[str, Callable[[Cell], Ours]] = {
    "plain": Ours,
    "momentum": lambda cell: Ours(cell, Rules("momentum", 0.9)),
    "dropout": lambda cell: Ours(cell, dropout=0.5),
    "diagnostics": lambda cell: Ours(cell, inside=True),
}
