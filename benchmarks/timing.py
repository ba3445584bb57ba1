"""Interleaved timing: in each round every contestant runs one epoch, in a new order; medians over the rounds."""

import gc
import time
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.cells import RATE, Cell
from benchmarks.peers import Contestant
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Regularizer

Array = np.ndarray


class Ratio(NamedTuple):
    """A quotient of two contestants' times: its median over the rounds, and the quartiles."""

    median: float
    low: float
    high: float


def time_epochs(cell: Cell, contestants: Mapping[str, Contestant], rounds: int) -> dict[str, Array]:
    """Seconds per epoch, (rounds,), by contestant."""
    rng, names = np.random.default_rng(0), list(contestants)
    taken: dict[str, list[float]] = {name: [] for name in names}
    order = rng.permutation(len(cell.x))
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                start = time.perf_counter()
                contestants[name].epoch(order)
                taken[name].append(time.perf_counter() - start)
            order = rng.permutation(len(cell.x))
    finally:
        gc.enable()
    return {name: np.array(times) for name, times in taken.items()}


def ratio(times: Mapping[str, Array], slower: str, faster: str) -> Ratio:
    """``slower`` over ``faster``, round by round."""
    low, middle, high = np.percentile(times[slower] / times[faster], [25, 50, 75])
    return Ratio(float(middle), float(low), float(high))


def check(cell: Cell, contestants: Mapping[str, Contestant], tolerance: float = 2e-4) -> None:
    """Run one epoch each and compare with the reference in float64; ValueError names who does other mathematics."""
    order = np.random.default_rng(1).permutation(len(cell.x))
    expected = _reference(cell, order)
    for name, contestant in contestants.items():
        contestant.epoch(order)
        gap = max(float(np.abs(a - b).max()) for a, b in zip(contestant.weights(), expected, strict=True))
        if not gap < tolerance:
            raise ValueError(
                f"{name} at {cell.network}, batch {cell.label}: weights differ by {gap:.2g} after an epoch"
            )


def _reference(cell: Cell, order: Array) -> list[Array]:
    weights = [w.astype(np.float64) for w in cell.weights]
    hidden = ("tanh",) * (len(cell.sizes) - 2)
    architecture = Architecture(cell.sizes, (*hidden, "softmax"), "cross_entropy")
    x = np.hstack([np.ones((len(cell.x), 1)), cell.x])[order]
    engine = Reference(architecture, weights, Optimizer(), Regularizer(), cell.batch)
    engine.train(x, cell.d[order].astype(np.float64), [RATE] * len(weights))
    return weights
