"""One network without a table behind it: weights, inputs and outputs as arrays, an epoch at a time (notes §3)."""

from collections.abc import Sequence

import numpy as np

from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture, Probe
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import layer_rates
from pipeline.training.determinism import Streams
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Kept
from pipeline.training.readout import probed, readout_of
from pipeline.training.training import make_engine

Array = np.ndarray
PIECE = 256  # rows that are looked into at a time


def with_ones(x: Array, dtype: np.dtype) -> Array:
    """Inputs (rows, m_0) as [1 x], (rows, m_0+1)."""
    padded = np.ones((len(x), x.shape[1] + 1), dtype)
    padded[:, 1:] = x
    return padded


class BareNetwork:
    """A network and what it is taught.

    Args:
        weights: W_l (m_l, m_{l−1}+1), bias first, trained in place; their dtype is that of all arithmetic.
        x: inputs (rows, m_0); d: desired outputs (rows, m_L).
        seed: of the examples' order, which is another in each epoch; with all rows in one batch they stay as they lie.
    """

    def __init__(
        self, architecture: Architecture, weights: Sequence[Array], x: Array, d: Array, optimizer: Optimizer, seed: int
    ) -> None:
        self.architecture, self.weights, self.dtype = architecture, list(weights), weights[0].dtype
        self.x, self.d = with_ones(x, self.dtype), np.ascontiguousarray(d, self.dtype)
        self._engine = make_engine(architecture, self.weights, optimizer, Regularizer(), len(x))
        self._epoch = Epoch(self._engine, Kept(self.x), self.d, Streams(seed), parameters=architecture.parameters)
        self._rates, self._rng = layer_rates(optimizer, architecture.sizes), np.random.default_rng(seed)
        self._whole = optimizer.batch_size == 0

    def epoch(self) -> None:
        """Train for one epoch."""
        self._epoch.run(self._rates, None if self._whole else self.shuffled())

    def shuffled(self) -> Array:
        """The order of an epoch's examples, (rows,), drawn anew."""
        return self._rng.permutation(len(self.x))

    def update(self, row: int) -> None:
        """Train on one example alone."""
        self._engine.train(self.x[row : row + 1], self.d[row : row + 1], self._rates)

    def look(self, padded: Array | None = None, d: Array | None = None) -> Probe:
        """y_l, δ_l and ∂E/∂W_l on rows [1 x] and d; on those it is taught without any."""
        padded, d = (self.x, self.d) if padded is None or d is None else (padded, np.ascontiguousarray(d, self.dtype))
        places = [slice(start, start + PIECE) for start in range(0, len(padded), PIECE)]
        looks = [probed(self.architecture, self.weights, padded[rows], d[rows], None) for rows in places]
        shares = [len(padded[rows]) / len(padded) for rows in places]
        outputs, deltas = (
            [np.concatenate(layer) for layer in zip(*found, strict=True)]
            for found in ([one.outputs for one in looks], [one.deltas for one in looks])
        )
        layers = zip(*(one.slopes for one in looks), strict=True)
        slopes = [sum(share * slope for share, slope in zip(shares, layer, strict=True)) for layer in layers]
        return Probe(outputs, deltas, slopes)

    def measured(self, padded: Array | None = None, d: Array | None = None) -> tuple[float, float]:
        """Mean loss, and the share of rows whose largest output is not the largest desired one."""
        padded, d = (self.x, self.d) if padded is None or d is None else (padded, d)
        z = readout_of(self.architecture, self.weights, padded)
        losses = LOSSES[self.architecture.loss].values(z.astype(np.float64), d.astype(np.float64))
        return float(losses.mean()), float((z.argmax(axis=1) != d.argmax(axis=1)).mean())


def row_norms(found: Probe, padded: Array) -> Array:
    """‖∂E/∂W‖ over all layers of each row alone, (rows,): of a layer ‖δ_l‖ ‖[1 y_{l−1}]‖, for δ[1 y]ᵀ has rank one."""
    below = [padded[:, 1:], *found.outputs[:-1]]
    squares = [
        np.square(delta, dtype=np.float64).sum(axis=1) * (1 + np.square(y, dtype=np.float64).sum(axis=1))
        for delta, y in zip(found.deltas, below, strict=True)
    ]
    norms: Array = np.sqrt(np.sum(squares, axis=0))
    return norms
