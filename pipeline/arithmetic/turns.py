"""Sine and cosine of turns, for compiled code: sin 2πt and cos 2πt from +, −, ×, rounding to whole numbers alone.

t = q/4 + f with a whole q and |f| ≤ 1/8, without any error; then the series of an angle of at most π/4.
"""

import math

import numpy as np

from pipeline.arithmetic.cache import inlined

FULL = 2 * math.pi


@inlined
def _near_sine(x: float) -> float:
    """x − x³/3! + … for |x| ≤ π/4."""
    z = x * x
    p = 1.0 - z / 272.0
    p = 1.0 - z / 210.0 * p
    p = 1.0 - z / 156.0 * p
    p = 1.0 - z / 110.0 * p
    p = 1.0 - z / 72.0 * p
    p = 1.0 - z / 42.0 * p
    p = 1.0 - z / 20.0 * p
    return x - x * (z / 6.0 * p)


@inlined
def _near_cosine(x: float) -> float:
    """1 − x²/2! + … for |x| ≤ π/4."""
    z = x * x
    p = 1.0 - z / 306.0
    p = 1.0 - z / 240.0 * p
    p = 1.0 - z / 182.0 * p
    p = 1.0 - z / 132.0 * p
    p = 1.0 - z / 90.0 * p
    p = 1.0 - z / 56.0 * p
    p = 1.0 - z / 30.0 * p
    p = 1.0 - z / 12.0 * p
    return 1.0 - z / 2.0 * p


@inlined
def sine(t: float) -> float:
    """sin 2πt of t turns, float64, |t| < 2⁵⁰; NaN stays."""
    q = np.floor(4.0 * t + 0.5)
    x = FULL * (t - 0.25 * q)
    quarter = q - 4.0 * np.floor(0.25 * q)
    found = _near_cosine(x) if quarter == 1.0 or quarter == 3.0 else _near_sine(x)
    return -found if quarter >= 2.0 else found


@inlined
def cosine(t: float) -> float:
    """cos 2πt of t turns."""
    return sine(t + 0.25)
