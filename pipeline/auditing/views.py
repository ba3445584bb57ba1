"""Rows as points whose distances mean something: columns on one scale, and no more of them than distances need."""

from collections.abc import Iterator

import numpy as np

from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.schema import Schema

Array = np.ndarray
SEED = 559
WIDTH = 64  # dimensions; of more, random directions keep distances to some 10 % (Johnson and Lindenstrauss 1984)
SINGLE = np.dtype(np.float32)
PIECE = 1 << 22  # distances that are in memory at a time


def points(fitted: Array, *parts: Array, schema: Schema) -> list[Array]:
    """Each of the ``parts`` (rows, columns) as (rows, at most WIDTH), by what the rows ``fitted`` are like."""
    if schema.image_shape or not (schema.kinds or fitted.dtype.kind == "f"):
        seen = [np.asarray(part, SINGLE) for part in parts]
    else:
        inputs = fit_inputs(Preprocessing("robust"), fitted, schema)
        seen = [inputs.apply(part, SINGLE) for part in parts]
    return projected(seen)


def directions(fitted: Array, *parts: Array) -> list[Array]:
    """The same for raw numbers, so that a row and its multiples are one point: columns by their spread, length 1."""
    spread = np.nanstd(np.asarray(fitted, np.float64), axis=0)
    scale = np.where(spread > 0, spread, 1)
    seen = []
    for part in parts:
        scaled = np.nan_to_num(np.asarray(part, np.float64) / scale)
        length = np.sqrt(np.square(scaled).sum(axis=1, keepdims=True))
        seen.append((scaled / np.where(length > 0, length, 1)).astype(SINGLE))
    return projected(seen)


def projected(parts: list[Array]) -> list[Array]:
    width = parts[0].shape[1]
    if width <= WIDTH:
        return parts
    drawn = np.random.default_rng(SEED).normal(size=(width, WIDTH)) / np.sqrt(WIDTH)
    return [product(part, drawn).astype(SINGLE) for part in parts]


def nearest(asked: Array, among: Array, count: int) -> tuple[Array, Array]:
    """Distances from each row of ``asked`` (n, d) to the ``count`` nearest of ``among`` (m, d), and which, (n, count).

    Rising. Every pair is compared.
    """
    count = min(count, len(among))
    found = [_nearest(asked[rows], among, count) for rows in _pieces(len(asked), len(among))]
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def _pieces(asked: int, among: int) -> Iterator[slice]:
    step = max(1, PIECE // max(1, among))
    return (slice(start, start + step) for start in range(0, asked, step))


def _nearest(asked: Array, among: Array, count: int) -> tuple[Array, Array]:
    squares = np.square(among).sum(axis=1) - 2 * (asked @ among.T)  # the asked rows' own squares change no order
    places = np.argpartition(squares, count - 1, axis=1)[:, :count]
    exact = np.square(among[places].astype(np.float64) - asked[:, None]).sum(axis=2)
    order = np.argsort(exact, axis=1, kind="stable")
    return np.sqrt(np.take_along_axis(exact, order, 1)), np.take_along_axis(places, order, 1)


def product(a: Array, b: Array) -> Array:
    """A B, (rows, columns) float64, of A (rows, k) and B (k, columns): each number one chain of sums over k.

    By operations of NumPy that round each number once: the same on every processor, and without compiled code.
    """
    out, a, b = np.zeros((len(a), b.shape[1])), np.asarray(a, np.float64), np.asarray(b, np.float64)
    for k in range(len(b)):
        out += a[:, k, None] * b[k]
    return out
