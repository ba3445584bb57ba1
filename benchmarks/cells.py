"""What is timed: networks and batch sizes, on made-up rows, with the same start for everyone."""

import itertools
from typing import NamedTuple

import numpy as np

Array = np.ndarray
NETWORKS = ((64, 32, 10), (784, 30, 10), (784, 300, 100, 10))
# Rows per update, and rows per epoch: enough updates to time, and few enough to repeat. 0 is all rows at once.
BATCHES = {1: 1000, 10: 2000, 32: 3200, 128: 5120, 1000: 5000, 0: 5000}
RATE = 0.01


class Cell(NamedTuple):
    """One network at one batch size.

    x: (rows, m_0), d: (rows, m_L) one-hot, weights: W_l (m_l, m_{l−1}+1), all float32; hidden units are tanh, outputs
    softmax with cross-entropy, and every update is W − η ∂E/∂W with the mean over the batch.
    """

    sizes: tuple[int, ...]
    batch: int
    x: Array
    d: Array
    weights: list[Array]

    @property
    def network(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def updates(self) -> int:
        """Updates per epoch."""
        return len(self.x) // self.batch

    @property
    def label(self) -> str:
        return "all" if self.batch == len(self.x) else str(self.batch)


def make_cell(sizes: tuple[int, ...], batch: int, rows: int | None = None) -> Cell:
    """A cell with its data; ``batch`` 0 is all rows."""
    rng, rows = np.random.default_rng(559), rows or BATCHES[batch]
    x = rng.standard_normal((rows, sizes[0])).astype(np.float32)
    d = np.eye(sizes[-1], dtype=np.float32)[rng.integers(0, sizes[-1], rows)]
    weights = []
    for before, units in itertools.pairwise(sizes):
        w = np.zeros((units, before + 1), np.float32)
        w[:, 1:] = rng.standard_normal((units, before)) / np.sqrt(before)
        weights.append(w)
    return Cell(sizes, batch or rows, x, d, weights)
