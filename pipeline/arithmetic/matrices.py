"""Matrix products in float64 where each number is one chain of additions over k, in its order, on every processor.

For what is fitted once, not for training: the engine has products of its own.
"""

import numpy as np

from pipeline.arithmetic.cache import compiled, loop

Array = np.ndarray
DEEP, WIDE = 64, 512  # rows and columns of B that stay in the cache while all rows of A pass; no sum depends on them


@loop
def _add_four(out: Array, a: Array, b: Array, k: int, at: int) -> None:
    """out += a_k b_k + … + a_{k+3} b_{k+3}, from left to right, for the columns of B from ``at`` on."""
    end = at + len(out)
    b0, b1, b2, b3 = b[k, at:end], b[k + 1, at:end], b[k + 2, at:end], b[k + 3, at:end]
    a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
    for j in range(len(out)):
        out[j] = (((out[j] + a0 * b0[j]) + a1 * b1[j]) + a2 * b2[j]) + a3 * b3[j]


@loop
def _add_row(out: Array, a: Array, b: Array, at: int, low: int, high: int) -> None:
    """out += a b for one row of A, over ``low`` … of k."""
    k = low
    while k + 4 <= high:
        _add_four(out, a, b, k, at)
        k += 4
    while k < high:
        row = b[k, at : at + len(out)]
        for j in range(len(out)):
            out[j] += a[k] * row[j]
        k += 1


@compiled
def _multiply(a: Array, b: Array, out: Array) -> None:
    depth, columns = b.shape
    for at in range(0, columns, WIDE):
        end = min(at + WIDE, columns)
        for low in range(0, depth, DEEP):
            high = min(low + DEEP, depth)
            for i in range(len(a)):
                _add_row(out[i, at:end], a[i], b, at, low, high)


def product(a: Array, b: Array) -> Array:
    """A B, (rows, columns) float64, for A (rows, k) and B (k, columns): a row of it depends on no other row of A."""
    out = np.zeros((a.shape[0], b.shape[1]))
    _multiply(np.ascontiguousarray(a, np.float64), np.ascontiguousarray(b, np.float64), out)
    return out
