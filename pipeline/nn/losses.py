"""Losses E, per example, and the error e = −∂E/∂y that backpropagation starts from (notes §1, §3).

``values(y, d)`` returns one value per example, (..., batch); the caller averages, which gives
E = 1/(2N) Σ‖d − y‖² for the squared error. ``error(y, d, out)`` writes −∂E/∂y of one example, (..., batch, units).
``matched`` names the output activations for which φ′ cancels, so that δ_L = d − y.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

Array = np.ndarray


class Loss(NamedTuple):
    name: str
    values: Callable[[Array, Array], Array]
    error: Callable[[Array, Array, Array], None]
    matched: tuple[str, ...]


def _squared_values(y: Array, d: Array) -> Array:
    difference = d - y
    values: Array = 0.5 * np.einsum("...k,...k->...", difference, difference)
    return values


def _squared_error(y: Array, d: Array, out: Array) -> None:
    np.subtract(d, y, out=out)


def _floor(y: Array) -> Array:
    least: Array = np.maximum(y, np.finfo(y.dtype).tiny)
    return least


def _cross_entropy_values(y: Array, d: Array) -> Array:
    values: Array = -xlogy(d, _floor(y)).sum(axis=-1)
    return values


def _cross_entropy_error(y: Array, d: Array, out: Array) -> None:
    np.divide(d, _floor(y), out=out)


def _binary_values(y: Array, d: Array) -> Array:
    values: Array = -(xlogy(d, _floor(y)) + xlogy(1 - d, _floor(1 - y))).sum(axis=-1)
    return values


def _binary_error(y: Array, d: Array, out: Array) -> None:
    np.divide(d - y, _floor(y * (1 - y)), out=out)


SQUARED_ERROR = Loss("squared_error", _squared_values, _squared_error, ("identity",))
CROSS_ENTROPY = Loss("cross_entropy", _cross_entropy_values, _cross_entropy_error, ("softmax",))
BINARY_CROSS_ENTROPY = Loss("binary_cross_entropy", _binary_values, _binary_error, ("logistic",))

LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SQUARED_ERROR, CROSS_ENTROPY, BINARY_CROSS_ENTROPY)}


def accepts(loss: str, output: str) -> bool:
    """Whether outputs of this activation can be used: a cross-entropy needs probabilities."""
    return loss == "squared_error" or output in LOSSES[loss].matched
