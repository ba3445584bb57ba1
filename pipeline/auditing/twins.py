"""Rows of one part that are another part's rows in all but noise, scale or one column, and images turned or moved."""

from typing import NamedTuple

import numpy as np

from pipeline.auditing import siblings
from pipeline.auditing.samples import few, joined, spread
from pipeline.auditing.views import directions, nearest, points
from pipeline.feed.equality import same_rows
from pipeline.feed.schema import NUMBER, Schema

Array = np.ndarray
NEIGHBORS = 6
CLOSE = 0.15  # of the distance to the sixth neighbor, from which the first one is no neighbor but a twin
TELLING = 5  # columns from which directions tell rows apart
MEDIAN = 0.314
BY_CHANCE = 0.002  # share of rows that may seem twins where none are
EXACT = 20_000  # rows up to which every row is compared with every other
SAMPLED = 2_000  # rows that are compared with all others where there are more
FEW = 12  # rows of the other part without which neighbors say nothing
WIDEST = 512  # columns; of more, one that is changed leaves a near twin
DISTINCT = 0.5  # share of different values in a column of numbers that can tell rows apart


class Twins(NamedTuple):
    """Counts of rows.

    equal: with the same inputs as one of the ``others``, of all ``rows``. Of those that were ``compared`` with the
    ``held`` ones of the others: near: the same but for noise or rounding; multiples: a number times another row;
    changed: equal in all columns but one; images: mirrored, turned or moved.
    """

    rows: int
    compared: int
    others: int
    held: int
    equal: int = 0
    near: int = 0
    multiples: int = 0
    changed: int = 0
    images: int = 0


def twins(asked: Array, among: Array, schema: Schema) -> Twins:
    """How many rows of ``asked`` (rows, columns) have a twin in ``among`` (rows, columns)."""
    equal = equal_rows(asked, among)
    rest = np.flatnonzero(~equal)
    sampled = len(asked) + len(among) > EXACT and len(rest) > SAMPLED
    rest = rest[spread(len(rest), SAMPLED)] if sampled else rest
    held = few(among)
    compared = len(rest) if sampled else len(asked)
    found = Twins(len(asked), compared, len(among), len(held), equal=int(equal.sum()))
    if len(held) < FEW or not len(rest):
        return found
    return found._replace(**_alike(np.asarray(asked[rest]), held, schema))


def _alike(rest: Array, among: Array, schema: Schema) -> dict[str, int]:
    """How many rows of ``rest`` are those of ``among`` in all but something, by what it is; each counts once."""
    near = _near(*points(among, rest, among, schema=schema))
    numbers = rest.shape[1] >= TELLING and (not schema.kinds or set(schema.kinds) == {NUMBER})
    multiples = _near(*directions(among, rest, among)) & ~near if numbers else np.zeros(len(rest), bool)
    changed = one_changed(rest, among, schema) & ~(near | multiples)
    images = siblings.related(rest, among, schema.image_shape) & ~near if schema.image_shape else np.zeros(0, bool)
    found = {"near": near, "multiples": multiples, "changed": changed, "images": images}
    return {name: int(one.sum()) for name, one in found.items()}


def equal_rows(asked: Array, among: Array) -> Array:
    """(rows,) whether each row of ``asked`` is also one of ``among``."""
    firsts = same_rows(joined(among, asked))
    found: Array = firsts[len(among) :] < len(among)
    return found


def _near(asked: Array, among: Array) -> Array:
    """(rows,) whether the nearest row is far nearer than its neighbors are, as Lowe's ratio of 2004 has it."""
    distances, _ = nearest(asked, among, NEIGHBORS)
    found: Array = distances[:, 0] < closeness(distances) * distances[:, -1]
    return found


def closeness(distances: Array) -> float:
    """CLOSE, or less where rows have few dimensions: there some are as near as that by chance.

    Of points spread evenly in m dimensions (d₁/d₆)^m is below x with probability 1 − (1 − x)⁵, and (d₂/d₆)^m has the
    median of Beta(2, 4), 0.314: that gives m, and twins don't change it.
    """
    apart = distances[:, -1] > 0
    ratio = float(np.median(distances[apart, 1] / distances[apart, -1])) if apart.any() else 0.0
    if not 0 < ratio < 1:
        return CLOSE if ratio else 0.0
    dimensions = np.log(MEDIAN) / np.log(ratio)
    return float(min(CLOSE, (BY_CHANCE / (NEIGHBORS - 1)) ** (1 / dimensions)))


def one_changed(asked: Array, among: Array, schema: Schema) -> Array:
    """(rows,) whether a row of ``among`` has equal values in all columns but one.

    Said only where at least two columns of finely measured numbers agree, for levels and flags agree by chance.
    """
    found = np.zeros(len(asked), bool)
    if asked.shape[1] > WIDEST or len(fine_columns(among, schema)) < 3:
        return found
    both = np.concatenate([among, asked])
    for column in range(both.shape[1]):
        rest = np.delete(both, column, axis=1)
        firsts = same_rows(rest)[len(among) :]
        found |= firsts < len(among)
    return found


def fine_columns(X: Array, schema: Schema) -> Array:
    """The columns of numbers of X (rows, columns) in which most values differ from each other."""
    numbers = [j for j in range(X.shape[1]) if not schema.kinds or schema.kinds[j] == NUMBER]
    return np.array([j for j in numbers if len(np.unique(X[:, j])) >= DISTINCT * len(X)], np.int64)
