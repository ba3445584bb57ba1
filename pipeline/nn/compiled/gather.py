"""Bringing rows into another order."""

import numpy as np

from pipeline.arithmetic.cache import borrowed, compiled, loop

Array = np.ndarray


@compiled
def _take(rows: Array, order: Array, out: Array) -> None:
    rows, order, out = borrowed(rows), borrowed(order), borrowed(out)
    for i in range(len(order)):
        source, target = rows[order[i]], out[i]
        for j in range(len(target)):
            target[j] = source[j]


def take_rows(rows: Array, order: Array, out: Array) -> None:
    """out[i] ← rows[order[i]], for rows (n, columns) and indices that the caller has checked."""
    _take(rows, order, out)


@loop
def gather(source: Array, order: Array, width: int, out: Array) -> None:
    """Rows ``order`` of flat rows of ``width`` numbers, one after the other."""
    for i in range(len(order)):
        row, to = source[order[i] * width : (order[i] + 1) * width], out[i * width : (i + 1) * width]
        for j in range(width):
            to[j] = row[j]
