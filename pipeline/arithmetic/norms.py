"""Euclidean norms, in lanes that are added up in a fixed order."""

import math

import numpy as np

from pipeline.arithmetic.cache import compiled

Array = np.ndarray
LANES = 16


@compiled
def _squares(x: Array, scale: float) -> float:
    """Σ (x_i · scale)², float64."""
    lanes, whole = np.zeros(LANES), len(x) // LANES * LANES
    for start in range(0, whole, LANES):
        part = x[start : start + LANES]
        for j in range(LANES):
            number = np.float64(part[j]) * scale
            lanes[j] += number * number
    for i in range(whole, len(x)):
        number = np.float64(x[i]) * scale
        lanes[i - whole] += number * number
    half = LANES
    while half > 1:
        half //= 2
        for j in range(half):
            lanes[j] += lanes[half + j]
    return float(lanes[0])


def norm(array: Array) -> float:
    """The norm of all numbers of an array, float32 or float64; it overflows and loses digits only if it must."""
    flat = array.ravel(order="K")
    found = _squares(flat, 1.0)
    if 1e-290 < found < math.inf or math.isnan(found):
        return math.sqrt(found)
    largest = float(np.abs(flat).max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    scale = math.ldexp(1.0, -math.frexp(largest)[1])
    return math.sqrt(_squares(flat, scale)) / scale
