"""Losses E, per example, of the readout z: the stable form of a network's outputs y_L = link(z) (notes §1, §3).

z is v_L for the cross-entropies, whose probabilities round to 0 and 1 long before v_L is large, and y_L itself for the
squared error. ``values(z, d)`` returns one value per example, (..., batch), for z and d
(..., batch, units); the caller averages, which gives E = 1/(2N) Σ‖d − y‖² for the squared error. For every one of them
−∂E/∂z = d − y. ``matched`` names the output activations for which φ′ cancels, so that δ_L = d − y; the first is link.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.totals import row_sums

Array = np.ndarray


class Loss(NamedTuple):
    name: str
    values: Callable[[Array, Array], Array]
    matched: tuple[str, ...]

    @property
    def link(self) -> str:
        """The activation that makes outputs of a readout."""
        return self.matched[0]


def _squared_values(z: Array, d: Array) -> Array:
    return 0.5 * row_sums(np.square(d - z))


def _cross_entropy_values(z: Array, d: Array) -> Array:
    """−Σ d_k log softmax(z)_k."""
    from pipeline.arithmetic.softmax import log_softmax  # Numba: see training.make_engine

    return -row_sums(d * log_softmax(z))


def _binary_values(z: Array, d: Array) -> Array:
    """−Σ [d_k log σ(z_k) + (1 − d_k) log(1 − σ(z_k))], with log(1 + e^z) = max(z, 0) + log(1 + e^{−|z|})."""
    from pipeline.arithmetic.elementwise import softplus  # Numba: see training.make_engine

    return row_sums(np.where(z > 0, 1 - d, -d) * z + softplus(-np.abs(z)))


SQUARED_ERROR = Loss("squared_error", _squared_values, ("identity",))
CROSS_ENTROPY = Loss("cross_entropy", _cross_entropy_values, ("softmax",))
BINARY_CROSS_ENTROPY = Loss("binary_cross_entropy", _binary_values, ("logistic",))

LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SQUARED_ERROR, CROSS_ENTROPY, BINARY_CROSS_ENTROPY)}


def accepts(loss: str, output: str) -> bool:
    """Whether outputs of this activation can be used: a cross-entropy needs probabilities."""
    return loss == "squared_error" or output in LOSSES[loss].matched
