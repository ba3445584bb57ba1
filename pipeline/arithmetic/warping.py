"""Images looked up between their pixels, and fields that are smoothed: fixed chains of products and sums."""

import math

import numpy as np

from pipeline.arithmetic.cache import compiled, loop
from pipeline.arithmetic.elementwise import exp
from pipeline.arithmetic.totals import total

Array = np.ndarray
REACH = 3.0  # standard deviations from which on a Gaussian is taken for 0


@compiled
def _look_up(images: Array, rows: Array, columns: Array, out: Array) -> None:
    height, width = images.shape[1], images.shape[2]
    for n in range(len(images)):
        image = images[n]
        for r in range(height):
            for c in range(width):
                y = min(max(rows[n, r, c], 0.0), height - 1.0)
                x = min(max(columns[n, r, c], 0.0), width - 1.0)
                i, j = int(y), int(x)
                down, right = min(i + 1, height - 1), min(j + 1, width - 1)
                t, u = y - i, x - j
                above = (1.0 - u) * image[i, j] + u * image[i, right]
                below = (1.0 - u) * image[down, j] + u * image[down, right]
                out[n, r, c] = (1.0 - t) * above + t * below


def look_up(images: Array, rows: Array, columns: Array) -> Array:
    """Images (n, height, width) at the places rows, columns (n, height, width), interpolated linearly.

    What lies outside of an image has the value of the nearest pixel of its border.
    """
    out = np.empty_like(images, order="C")
    _look_up(np.ascontiguousarray(images), rows, columns, out)
    return out


@loop
def _add_lines(field: Array, weights: Array, out: Array) -> None:
    """out_r = Σ_k w_k field_{r + k}, lines (lines, numbers) that come around at the ends."""
    reach = len(weights) // 2
    for r in range(len(field)):
        line = out[r]
        line[:] = 0.0
        for k in range(len(weights)):
            source = field[(r + k - reach) % len(field)]
            for j in range(len(line)):
                line[j] += weights[k] * source[j]


@compiled
def _smooth(fields: Array, weights: Array) -> None:
    height, width = fields.shape[1], fields.shape[2]
    once, turned, twice = np.empty((height, width)), np.empty((width, height)), np.empty((width, height))
    for n in range(len(fields)):
        _add_lines(fields[n], weights, once)
        turned[:] = once.T
        _add_lines(turned, weights, twice)
        fields[n] = twice.T


def smooth(fields: Array, deviation: float) -> None:
    """Fields (n, height, width), float64 and contiguous, each smoothed in place by a Gaussian; they come around."""
    reach = math.floor(REACH * deviation + 0.5)
    weights = exp(-np.square(np.arange(-reach, reach + 1) / deviation) / 2)
    _smooth(fields, weights / total(weights))
