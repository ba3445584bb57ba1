"""The three matrix products of a step (notes §3).

W_l lies flat as (fan_in+1, wide): the weights transposed, so that the row of one input's weights is contiguous, with
zeros up to ``wide``, whole half vectors. That is what going forward and the update want; going back, the smaller side
of the product is turned. One example needs no tiles: its products are bound by reading the weights.
"""

import numpy as np

from pipeline.arithmetic.cache import loop
from pipeline.nn.compiled.gemm import gemm
from pipeline.nn.compiled.turning import PANEL, turn

Array = np.ndarray
DEEP, SHALLOW = 256, 64  # products in one sum: going forward and back, in the update. Others give other bits
PIECE = 64  # inputs whose errors are kept before they are turned back


@loop
def fields(
    address: int, w: Array, w_at: int, src: Array, src_at: int, stride: int, v: Array, v_at: int, batch: int,
    k: int, wide: int,
) -> None:  # fmt: skip
    """v ← y W̃: rows y (batch, k) at ``src_at``, ``stride`` apart, times W̃ (k, wide) at ``w_at``."""
    if batch == 1:
        row_times(w[w_at : w_at + k * wide], src[src_at : src_at + k], v[v_at : v_at + wide], False)
        return
    gemm(address, batch, wide, k, DEEP, src, src_at, stride, 1, w, w_at, wide, w.dtype.type(0), v, v_at, wide)


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
    address: int, w: Array, w_at: int, above: int, delta: Array, delta_at: int, e: Array, e_at: int, turned: Array,
    batch: int, k: int, m: int, wide: int,
) -> None:  # fmt: skip
    """e (batch, wide) ← δ W̲, δ (batch, above) of m units, back through the weights (k, above) at ``w_at``.

    The bias row is left out by the caller. Either way of turning gives the same sums.
    """
    for r in range(batch if wide > k else 0):
        for j in range(e_at + r * wide + k, e_at + (r + 1) * wide):
            e[j] = w.dtype.type(0)
    if batch == 1:
        d = delta[delta_at : delta_at + m]
        for i in range(k):
            row = w[w_at + i * above : w_at + i * above + m]
            total = w.dtype.type(0)
            for j in range(m):
                total += row[j] * d[j]
            e[e_at + i] = total
    elif batch * (m + k) < m * k:
        _errors_of_rows(address, w, w_at, above, delta, delta_at, e, e_at, turned, batch, k, m, wide)
    else:
        _errors_of_inputs(address, w, w_at, above, delta, delta_at, e, e_at, turned, batch, k, m, wide)


@loop
def _errors_of_inputs(
    address: int, w: Array, w_at: int, above: int, delta: Array, delta_at: int, e: Array, e_at: int, turned: Array,
    batch: int, k: int, m: int, wide: int,
) -> None:  # fmt: skip
    """W̲ turned, a panel of inputs at a time."""
    zero = w.dtype.type(0)
    for low in range(0, k, PANEL):
        turn(w, w_at + low * above, above, min(PANEL, k - low), m, turned, 0)
        columns = min(PANEL, wide - low)
        gemm(
            address, batch, columns, m, DEEP, delta, delta_at, above, 1, turned, 0, PANEL, zero, e, e_at + low, wide,
        )  # fmt: skip


@loop
def _errors_of_rows(
    address: int, w: Array, w_at: int, above: int, delta: Array, delta_at: int, e: Array, e_at: int, turned: Array,
    batch: int, k: int, m: int, wide: int,
) -> None:  # fmt: skip
    """δ turned, a panel of rows at a time: eᵀ = W̲ᵀ δᵀ, which is turned back in pieces."""
    zero, piece = w.dtype.type(0), m * PANEL
    for start in range(0, batch, PANEL):
        rows = min(PANEL, batch - start)
        turn(delta, delta_at + start * above, above, rows, m, turned, 0)
        for low in range(0, k, PIECE):
            some = min(PIECE, k - low)
            at = w_at + low * above
            gemm(address, some, PANEL, m, DEEP, w, at, above, 1, turned, 0, PANEL, zero, turned, piece, PANEL)
            for r in range(rows):
                to = e_at + (start + r) * wide + low
                for i in range(some):
                    e[to + i] = turned[piece + i * PANEL + r]


@loop
def add_outer(
    address: int, src: Array, src_at: int, stride: int, delta: Array, delta_at: int, beta: float, c: Array, c_at: int,
    batch: int, k: int, wide: int,
) -> None:  # fmt: skip
    """C ← βC + yᵀδ, C (k, wide) at ``c_at``: the gradient folded into the weights or the velocity."""
    if batch == 1:
        d = delta[delta_at : delta_at + wide]
        for i in range(k):
            row, y = c[c_at + i * wide : c_at + (i + 1) * wide], src[src_at + i]
            if beta == 1:
                for j in range(wide):
                    row[j] += y * d[j]
            elif beta == 0:
                for j in range(wide):
                    row[j] = y * d[j]
            else:
                for j in range(wide):
                    row[j] = beta * row[j] + y * d[j]
        return
    gemm(address, k, wide, batch, SHALLOW, src, src_at, 1, stride, delta, delta_at, wide, beta, c, c_at, wide)


@loop
def scaled(delta: Array, alpha: float) -> None:
    """δ ← α δ, before it is folded in: η and 1/rows go there, where they are the fewest multiplications."""
    for i in range(len(delta)):
        delta[i] *= alpha
