"""Softmax and its logarithm over the last axis, and ln Σ e^a over the first, in float64 and in a stable form."""

import numpy as np

from pipeline.arithmetic.elementwise import exp, log
from pipeline.arithmetic.totals import row_sums, total

Array = np.ndarray


def log_softmax(z: Array) -> Array:
    """z_k − ln Σ_j e^{z_j}, (…, units)."""
    z = np.asarray(z, np.float64)
    shifted = z - z.max(axis=-1, keepdims=True)
    found: Array = shifted - log(row_sums(exp(shifted)))[..., None]
    return found


def softmax(z: Array) -> Array:
    """e^{z_k} / Σ_j e^{z_j}, (…, units)."""
    z = np.asarray(z, np.float64)
    powers = exp(z - z.max(axis=-1, keepdims=True))
    found: Array = powers / row_sums(powers)[..., None]
    return found


def log_sum(a: Array) -> Array:
    """ln Σ e^a over the first axis of a (networks, …)."""
    a = np.asarray(a, np.float64)
    top = a.max(axis=0)
    found: Array = top + log(total(exp(a - top)))
    return found
