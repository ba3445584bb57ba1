"""ln x and ln(1 + x) of one number, for compiled code: from +, −, ×, ÷ and the bits of x alone.

x = 2ᵏ m with m between √½ and √2, and ln m = 2 artanh s with s = (m − 1)/(m + 1), by its series s + s³/3 + s⁵/5 + …
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from pipeline.arithmetic.cache import inlined, intrinsic

# ln 2 in two parts: k times the first is exact, for its last 11 bits are 0.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
ROOT_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
MANTISSA = 52


@intrinsic
def _bits(typing: Any, x: Any) -> Any:
    """Reinterpret a float64 as int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@intrinsic
def _float(typing: Any, bits: Any) -> Any:
    """Reinterpret an int64 as float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@inlined
def log(x: float) -> float:
    """ln x, float64, for x from the least normal number up; −∞ below it, NaN below 0; NaN and ∞ stay."""
    raw = _bits(x)
    k = (raw - ROOT_BITS) >> MANTISSA
    m = _float(raw - (k << MANTISSA))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = z / 21.0 + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    half = s + s * (z * p)
    found = float(k) * LN2_HIGH + (2.0 * half + float(k) * LN2_LOW)
    found = found if x >= 2.2250738585072014e-308 else (-np.inf if x >= 0.0 else np.nan)
    return found if x < np.inf else x


@inlined
def log1p(x: float) -> float:
    """ln(1 + x) for x ≥ 0: what 1 + x rounds away is added again, to the first order."""
    u = 1.0 + x
    found = log(u) + (x - (u - 1.0)) / u
    return found if u < np.inf else u
