"""Rows through an activation, forward and back, and the output's δ: loops over contiguous rows (notes §3-4).

All arrays are flat. v and δ are (batch, m); y is (batch, m+1) with the 1 of the biases first. Of the m units only the
first ``live`` say something; the y of the others stays the 0 that it was made with.
"""

import numpy as np

from pipeline.nn.activations import Kind
from pipeline.nn.compiled.cache import loop
from pipeline.nn.compiled.scalars import exp, tanh

Array = np.ndarray


@loop
def activate(
    kind: int, alpha: float, beta: float, v: Array, y: Array, slope: Array, batch: int, m: int, live: int,
) -> None:  # fmt: skip
    """y ← φ(v), through v itself: one long loop over all rows has no odd ends. v is not needed any more.

    tanh v + αv also keeps φ′ in ``slope``, which can't be had from y.
    """
    one, size = v.dtype.type(1), batch * m
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
    elif kind == Kind.SOFTMAX:
        _softmax(v, batch, m)
    for r in range(batch):
        a = v[r * m : (r + 1) * m]
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        for j in range(live):
            b[j] = a[j]


@loop
def _softmax(v: Array, batch: int, m: int) -> None:
    for r in range(batch):
        a = v[r * m : (r + 1) * m]
        top = a[0]
        for j in range(1, m):
            top = a[j] if a[j] > top else top
        for j in range(m):
            a[j] -= top
    for i in range(batch * m):
        v[i] = exp(v[i])
    for r in range(batch):
        a = v[r * m : (r + 1) * m]
        total = a[0]
        for j in range(1, m):
            total += a[j]
        total = v.dtype.type(1) / total
        for j in range(m):
            a[j] *= total


@loop
def times_slope(
    kind: int, alpha: float, beta: float, keep: float, e: Array, y: Array, slope: Array, batch: int, m: int,
) -> None:  # fmt: skip
    """δ ← e · φ′(v), with φ′ from φ(v) = keep · y where that is enough (keep: 1 without dropout)."""
    one = e.dtype.type(1)
    for r in range(batch):
        a = e[r * m : (r + 1) * m]
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
        elif kind == Kind.TANH_LINEAR:
            s = slope[r * m : (r + 1) * m]
            for j in range(m):
                a[j] *= s[j]
        elif kind == Kind.SOFTMAX:
            mean = a[0] * b[0]
            for j in range(1, m):
                mean += a[j] * b[j]
            for j in range(m):
                a[j] = (a[j] - mean) * b[j]


@loop
def output_error(d: Array, y: Array, e: Array, batch: int, m: int) -> None:
    """e ← d − y: −∂E/∂y of the squared error, and δ_L itself where output and loss are matched."""
    for r in range(batch):
        a = e[r * m : (r + 1) * m]
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        c = d[r * m : (r + 1) * m]
        for j in range(m):
            a[j] = c[j] - b[j]


@loop
def weigh(e: Array, importance: Array, batch: int, m: int) -> None:
    """Multiply each row of δ_L by the weight of its example."""
    for r in range(batch):
        a = e[r * m : (r + 1) * m]
        for j in range(m):
            a[j] *= importance[r]


@loop
def thin(y: Array, u: Array, at: int, stride: int, keep: float, batch: int, m: int, live: int) -> None:
    """Dropout going forward: y ← y/keep where u < keep, else 0 (notes §6)."""
    zero, scale = y.dtype.type(0), y.dtype.type(1) / keep
    for r in range(batch):
        b = y[r * (m + 1) + 1 : (r + 1) * (m + 1)]
        c = u[r * stride + at : r * stride + at + live]
        for j in range(live):
            b[j] = b[j] * scale if c[j] < keep else zero


@loop
def thin_error(e: Array, u: Array, at: int, stride: int, keep: float, batch: int, m: int, live: int) -> None:
    """Dropout going back: e ← e/keep where u < keep, else 0."""
    zero, scale = e.dtype.type(0), e.dtype.type(1) / keep
    for r in range(batch):
        a = e[r * m : (r + 1) * m]
        c = u[r * stride + at : r * stride + at + live]
        for j in range(live):
            a[j] = a[j] * scale if c[j] < keep else zero
