"""Rows through an activation, forward and back, and the output's δ: loops over contiguous rows (notes §3-4).

All arrays are flat. v and δ are (batch, wide), of which the first m of each row are units and δ beyond them is 0; y is
(batch, m+1) with the 1 of the biases first.
"""

import math

import numpy as np

from pipeline.arithmetic.cache import loop
from pipeline.arithmetic.scalars import erf, exp, tanh
from pipeline.nn.activations import MISH_FAR, SELU_ALPHA, SELU_SCALE, Kind

Array = np.ndarray
SELU_FULL = SELU_SCALE * SELU_ALPHA
HALF_ROOT, BELL = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)


@loop
def activate(
    kind: int, alpha: float, beta: float, v: Array, y: Array, slope: Array, batch: int, m: int, wide: int,
) -> None:  # fmt: skip
    """y ← φ(v), through v itself: one long loop over all rows has no odd ends. v is not needed any more.

    What has a φ′ that can't be had from y keeps it in ``slope``.
    """
    one, size = v.dtype.type(1), batch * wide
    if kind == Kind.TANH:
        for i in range(size):
            v[i] = beta * tanh(alpha * v[i])
    elif kind == Kind.LOGISTIC:
        for i in range(size):
            v[i] = one / (one + exp(-v[i]))
    elif kind == Kind.RELU:
        for i in range(size):
            v[i] = v[i] if not v[i] <= 0 else v.dtype.type(0)
    elif kind == Kind.TANH_LINEAR:
        for i in range(size):
            t = tanh(v[i])
            slope[i] = (one - t * t) + alpha
            v[i] = t + alpha * v[i]
    elif kind == Kind.SELU:
        _selu(v, size)
    elif kind == Kind.SILU:
        _silu(v, slope, size)
    elif kind == Kind.GELU:
        _gelu(v, slope, size)
    elif kind == Kind.MISH:
        _mish(v, slope, size)
    elif kind == Kind.SOFTMAX:
        _softmax(v, batch, m, wide)
    for r in range(batch):
        a = v[r * wide : r * wide + m]
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        for j in range(m):
            b[j] = a[j]


@loop
def _selu(v: Array, size: int) -> None:
    zero, scale, full = v.dtype.type(0), v.dtype.type(SELU_SCALE), v.dtype.type(SELU_FULL)
    for i in range(size):
        above = v[i] if not v[i] <= 0 else zero
        under = v[i] if v[i] < 0 else zero
        v[i] = scale * above + (full * exp(under) - full)


@loop
def _silu(v: Array, slope: Array, size: int) -> None:
    one = v.dtype.type(1)
    for i in range(size):
        share = one / (one + exp(-v[i]))
        slope[i] = share * (one + v[i] * (one - share))
        v[i] = v[i] * share


@loop
def _gelu(v: Array, slope: Array, size: int) -> None:
    half, root, bell = v.dtype.type(0.5), v.dtype.type(HALF_ROOT), v.dtype.type(BELL)
    for i in range(size):
        share = half + half * erf(v[i] * root)
        slope[i] = share + v[i] * (bell * exp(-half * (v[i] * v[i])))
        v[i] = v[i] * share


@loop
def _mish(v: Array, slope: Array, size: int) -> None:
    """tanh ln(1 + n) = n (n + 2)/(n (n + 2) + 2), with n = e^v."""
    one, two, far = v.dtype.type(1), v.dtype.type(2), v.dtype.type(MISH_FAR)
    for i in range(size):
        n = exp(far if v[i] > far else v[i])
        product = n * (n + two)
        t = product / (product + two)
        slope[i] = t + v[i] * ((one - t) * (one + t)) * (n / (one + n))
        v[i] = v[i] * t


@loop
def _softmax(v: Array, batch: int, m: int, wide: int) -> None:
    for r in range(batch):
        a = v[r * wide : r * wide + m]
        top = a[0]
        for j in range(1, m):
            top = a[j] if a[j] > top else top
        for j in range(m):
            a[j] -= top
    for i in range(batch * wide):
        v[i] = exp(v[i])
    for r in range(batch):
        a = v[r * wide : r * wide + m]
        total = a[0]
        for j in range(1, m):
            total += a[j]
        total = v.dtype.type(1) / total
        for j in range(m):
            a[j] *= total


@loop
def times_slope(
    kind: int, alpha: float, beta: float, keep: float, e: Array, y: Array, slope: Array, batch: int, m: int,
    wide: int,
) -> None:  # fmt: skip
    """δ ← e · φ′(v), with φ′ from φ(v) = keep · y where that is enough (keep: 1 without dropout)."""
    one = e.dtype.type(1)
    for r in range(batch):
        a = e[r * wide : r * wide + m]
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        if kind == Kind.TANH:
            full, share = alpha * beta, alpha / beta * (keep * keep)
            for j in range(m):
                a[j] *= full - share * (b[j] * b[j])
        elif kind == Kind.LOGISTIC:
            for j in range(m):
                a[j] *= (keep * b[j]) * (one - keep * b[j])
        elif kind == Kind.RELU:
            for j in range(m):
                a[j] = a[j] if b[j] > 0 else e.dtype.type(0)
        elif kind == Kind.SELU:
            high, shift = e.dtype.type(SELU_SCALE), e.dtype.type(SELU_FULL)
            for j in range(m):
                a[j] *= high if b[j] > 0 else keep * b[j] + shift
        elif kind == Kind.TANH_LINEAR or kind == Kind.SILU or kind == Kind.GELU or kind == Kind.MISH:
            s = slope[r * wide : r * wide + m]
            for j in range(m):
                a[j] *= s[j]
        elif kind == Kind.SOFTMAX:
            mean = a[0] * b[0]
            for j in range(1, m):
                mean += a[j] * b[j]
            for j in range(m):
                a[j] = (a[j] - mean) * b[j]


@loop
def output_error(d: Array, y: Array, e: Array, batch: int, m: int, wide: int) -> None:
    """e ← d − y: −∂E/∂y of the squared error, and δ_L itself where output and loss are matched."""
    for r in range(batch):
        a = e[r * wide : r * wide + m]
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        c = d[r * m : (r + 1) * m]
        for j in range(m):
            a[j] = c[j] - b[j]
        for j in range(r * wide + m, (r + 1) * wide):
            e[j] = e.dtype.type(0)


@loop
def weigh(e: Array, importance: Array, batch: int, wide: int) -> None:
    """Multiply each row of δ_L by the weight of its example."""
    for r in range(batch):
        a = e[r * wide : (r + 1) * wide]
        for j in range(wide):
            a[j] *= importance[r]


@loop
def thin(y: Array, u: Array, at: int, stride: int, keep: float, batch: int, m: int) -> None:
    """Dropout going forward: y ← y/keep where u < keep, else 0 (notes §6)."""
    zero, scale = y.dtype.type(0), y.dtype.type(1) / keep
    for r in range(batch):
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        c = u[r * stride + at : r * stride + at + m]
        for j in range(m):
            b[j] = b[j] * scale if c[j] < keep else zero


@loop
def thin_error(e: Array, u: Array, at: int, stride: int, keep: float, batch: int, m: int, wide: int) -> None:
    """Dropout going back: e ← e/keep where u < keep, else 0."""
    zero, scale = e.dtype.type(0), e.dtype.type(1) / keep
    for r in range(batch):
        a = e[r * wide : r * wide + m]
        c = u[r * stride + at : r * stride + at + m]
        for j in range(m):
            a[j] = a[j] * scale if c[j] < keep else zero


@loop
def drop_tiny(e: Array) -> None:
    """δ ← 0 where |δ| < 10⁻²⁵ (float64: 10⁻²⁵⁰), which no weight can feel; NaN stays.

    Where a network is sure of its answer, δ times η gets so small that it is subnormal, which many processors multiply
    at a hundredth of their speed.
    """
    tiny = e.dtype.type(1e-25) if e.itemsize == 4 else e.dtype.type(1e-250)
    for i in range(len(e)):
        e[i] = e.dtype.type(0) if abs(e[i]) < tiny else e[i]
