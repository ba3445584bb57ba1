"""The three matrix products of a step (notes §3), cut into the pieces that are fastest for their shape.

W_l lies flat as (fan_in+1, units): the weights stored transposed, so that a row of one input's weights is contiguous.
One example needs no GEMM. OpenBLAS packs its operands unless a product has at most ``UNPACKED`` multiplications, and
packing is what small batches and narrow layers spend their time on; so large products are cut, up to where packing
pays (docs/decisions/0009, with the measurements behind the numbers here).
"""

import numpy as np

from pipeline.arithmetic.cache import loop
from pipeline.nn.compiled.blas import NO, YES, gemm

Array = np.ndarray
UNPACKED = 1_000_000
ROWS, UNITS, INPUTS = 64, 64, 128  # of a piece going forward, which then stays in the first-level cache
WHOLE = 100  # units that need no cut
DEEP = 32  # rows from which packing pays going back
LONG = 64  # rows per piece of the update


@loop
def fields(
    address: int, w: Array, w_at: int, src: Array, src_at: int, stride: int, v: Array, v_at: int, batch: int,
    k: int, m: int,
) -> None:  # fmt: skip
    """v ← y W̃: rows y (batch, k) at ``src_at``, ``stride`` apart, times W̃ (k, m) at ``w_at``."""
    if batch == 1:
        row_times(w[w_at : w_at + k * m], src[src_at : src_at + k], v[v_at : v_at + m], False)
        return
    zero, one = w.dtype.type(0), w.dtype.type(1)
    deep, wide = (k if k < 2 * INPUTS else INPUTS), (m if m <= WHOLE else UNITS)
    for start in range(0, batch, ROWS):
        rows, at, to = min(ROWS, batch - start), src_at + start * stride, v_at + start * m
        for low in range(0, k, deep):
            some, beta = min(deep, k - low), (zero if low == 0 else one)
            for unit in range(0, m, wide):
                units, place = min(wide, m - unit), w_at + low * m + unit
                gemm(
                    address, NO, NO, units, rows, some,
                    one, w, place, m, src, at + low, stride, beta, v, to + unit, m,
                )  # fmt: skip


@loop
def row_times(w: Array, y: Array, v: Array, add: bool) -> None:
    """v ← y W̃, or v + y W̃, for one row y (k,) and W̃ (k, m): four inputs at a time."""
    k, m = len(y), len(v)
    if not add:
        for j in range(m):
            v[j] = w.dtype.type(0)
    i = 0
    while i + 4 <= k:
        a, b = w[i * m : (i + 1) * m], w[(i + 1) * m : (i + 2) * m]
        c, d = w[(i + 2) * m : (i + 3) * m], w[(i + 3) * m : (i + 4) * m]
        y0, y1, y2, y3 = y[i], y[i + 1], y[i + 2], y[i + 3]
        for j in range(m):
            v[j] += (y0 * a[j] + y1 * b[j]) + (y2 * c[j] + y3 * d[j])
        i += 4
    while i < k:
        a = w[i * m : (i + 1) * m]
        for j in range(m):
            v[j] += y[i] * a[j]
        i += 1


@loop
def errors(
    address: int, w: Array, w_at: int, delta: Array, delta_at: int, e: Array, e_at: int, batch: int, k: int, m: int,
) -> None:  # fmt: skip
    """e ← δ W̲: back through the weights (k, m) at ``w_at``, the bias row left out by the caller."""
    if batch == 1:
        d = delta[delta_at : delta_at + m]
        for i in range(k):
            row = w[w_at + i * m : w_at + (i + 1) * m]
            total = w.dtype.type(0)
            for j in range(m):
                total += row[j] * d[j]
            e[e_at + i] = total
        return
    zero, one = w.dtype.type(0), w.dtype.type(1)
    piece = k if batch >= DEEP else 64
    for low in range(0, k, piece):
        some, at = min(piece, k - low), w_at + low * m
        gemm(address, YES, NO, some, batch, m, one, w, at, m, delta, delta_at, m, zero, e, e_at + low, k)


@loop
def add_outer(
    address: int, alpha: float, src: Array, src_at: int, stride: int, delta: Array, delta_at: int, beta: float,
    c: Array, c_at: int, batch: int, k: int, m: int,
) -> None:  # fmt: skip
    """C ← βC + α yᵀδ, C (k, m) at ``c_at``: the gradient folded into the weights or the velocity."""
    if batch == 1:
        d = delta[delta_at : delta_at + m]
        for i in range(k):
            row, y = c[c_at + i * m : c_at + (i + 1) * m], alpha * src[src_at + i]
            if beta == 1:
                for j in range(m):
                    row[j] += y * d[j]
            elif beta == 0:
                for j in range(m):
                    row[j] = y * d[j]
            else:
                for j in range(m):
                    row[j] = beta * row[j] + y * d[j]
        return
    for start in range(0, batch, LONG):
        rows, at, d_at = min(LONG, batch - start), src_at + start * stride, delta_at + start * m
        deep = k if k * m * rows <= UNPACKED and m <= WHOLE else INPUTS
        wide = m if m <= WHOLE else UNITS
        for low in range(0, k, deep):
            some, to = min(deep, k - low), c_at + low * m
            for unit in range(0, m, wide):
                units = min(wide, m - unit)
                gemm(
                    address, NO, YES, units, some, rows,
                    alpha, delta, d_at + unit, m, src, at + low, stride, beta, c, to + unit, m,
                )  # fmt: skip
        beta = c.dtype.type(1)
