"""Euclidean norms, in lanes that are added up in a fixed order."""

import math
from typing import Any, NamedTuple

import numpy as np

from pipeline.arithmetic.cache import Part
from pipeline.arithmetic.handing import Numbers, address, entry, entry_part, packed, taken_as

Array = np.ndarray
LANES = 16


class _Scaled(NamedTuple):
    x: Numbers


class _Lanes(NamedTuple):
    lanes: Numbers


_taken, _taken_lanes = taken_as(_Scaled), taken_as(_Lanes)


def _squares(known: Any, more: Any, exponent: int, _: int, real: float) -> None:
    """Σ (x_i · 2^exponent)² in the first of 16 lanes, all float64."""
    (x,), (lanes,) = _taken(known, real), _taken_lanes(more, np.float64(0.0))
    scale, whole = math.ldexp(1.0, exponent), len(x) // LANES * LANES
    for j in range(LANES):
        lanes[j] = 0.0
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


def norms_part(dtype: np.dtype) -> Part:
    """What norms of arrays of this dtype are compiled to."""
    return entry_part(_squares, dtype)


def _sum_of_squares(flat: Array, exponent: int) -> float:
    lanes = np.empty(LANES)
    words, more = packed(_Scaled(flat), flat.dtype), packed(_Lanes(lanes), lanes.dtype)
    entry(_squares, flat.dtype)(address(words), address(more), exponent, 0)
    return float(lanes[0])


def norm(array: Array) -> float:
    """The norm of all numbers of an array, float32 or float64; it overflows and loses digits only if it must."""
    flat = array.ravel(order="K")
    found = _sum_of_squares(flat, 0)
    if 1e-290 < found < math.inf or math.isnan(found):
        return math.sqrt(found)
    largest = float(np.abs(flat).max(initial=0.0))
    if not 0 < largest < math.inf:
        return largest
    exponent = -math.frexp(largest)[1]
    return math.sqrt(_sum_of_squares(flat, exponent)) / math.ldexp(1.0, exponent)
