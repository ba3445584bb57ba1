"""Whether rows of two parts, or rows that are near in the file, can be told by more than chance."""

from typing import NamedTuple

import numpy as np

from pipeline.auditing.views import product
from pipeline.feed.schema import CLASSIFICATION, Schema

Array = np.ndarray
FOLDS = 5
MOST = 4_000  # rows of each part
PENALTY = 1.0  # added to each variance


class Shift(NamedTuple):
    """auc: how often a row of the one part gets a higher score than one of the other; z: its distance from ½ in
    standard deviations of chance."""

    auc: float
    z: float


def shift(one: Array, other: Array, units: tuple[int, int] | None = None) -> Shift:
    """Of points (rows, d): a linear discriminant of values and squares, fitted to four fifths, asked about the rest.

    units: of each part, what was dealt independently, if not rows: the rows of a group are alike, and tell no more by
    chance than the group.
    """
    rng = np.random.default_rng(559)
    one, other = _some(one, rng), _some(other, rng)
    x = np.concatenate([one, other]).astype(np.float64)
    x = np.concatenate([x, np.square(x - x.mean(axis=0))], axis=1)
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    y = np.repeat([0.0, 1.0], [len(one), len(other)])
    fold = _folds(y, rng)
    scores = np.empty(len(y))
    for number in range(FOLDS):
        scores[fold == number] = _scores(x[fold != number], y[fold != number], x[fold == number])
    return _compared(scores, y, units or (len(one), len(other)))


def _some(points: Array, rng: np.random.Generator) -> Array:
    return points if len(points) <= MOST else points[rng.choice(len(points), MOST, replace=False)]


def _folds(y: Array, rng: np.random.Generator) -> Array:
    """(rows,) fold of each row: either part has the same share of each."""
    fold = np.empty(len(y), np.int64)
    for value in (0, 1):
        rows = np.flatnonzero(y == value)
        fold[rows] = rng.permutation(len(rows)) % FOLDS
    return fold


def _scores(x: Array, y: Array, asked: Array) -> Array:
    """Fisher's discriminant with a ridge."""
    means = [x[y == value].mean(axis=0) for value in (0, 1)]
    within = np.concatenate([x[y == value] - mean for value, mean in zip((0, 1), means, strict=True)])
    spread = product(within.T, within) / len(x) + PENALTY * np.eye(x.shape[1])
    along = product(asked - x.mean(axis=0), _solved(spread, means[1] - means[0])[:, None])
    return along[:, 0]


def _solved(spread: Array, apart: Array) -> Array:
    """spread⁻¹ apart, (d,), by elimination, the same on every processor: what is near to ties decides ranks."""
    a, found = spread.copy(), apart.copy()
    for k in range(len(a)):
        factors = a[k + 1 :, k] / a[k, k]
        a[k + 1 :] -= factors[:, None] * a[k]
        found[k + 1 :] -= factors * found[k]
    for k in reversed(range(len(a))):
        found[k] /= a[k, k]
        found[:k] -= a[:k, k] * found[k]
    return found


def _compared(scores: Array, y: Array, units: tuple[int, int]) -> Shift:
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    n, m = int((y == 1).sum()), int((y == 0).sum())
    auc = (ranks[y == 1].sum() - n * (n + 1) / 2) / (n * m)
    k, j = units
    return Shift(float(auc), float((auc - 0.5) / np.sqrt((k + j + 1) / (12 * k * j))))


def alike_in_order(points: Array, y: Array, schema: Schema) -> float:
    """How much nearer to each other rows are that follow each other in the file: 0 by chance, 1 if equal.

    points: (rows, d) in the order of the file. Von Neumann's ratio (1941), of rows less their class's mean; for numbers
    the target is looked at too.
    """
    return max(_order(_within_classes(points, y, schema)), _order(y) if schema.task not in (CLASSIFICATION,) else 0.0)


def _within_classes(points: Array, y: Array, schema: Schema) -> Array:
    if schema.task != CLASSIFICATION:
        return points
    counts = np.maximum(np.bincount(y, minlength=len(schema.classes)), 1)[:, None]
    sums = np.zeros((len(counts), points.shape[1]))
    np.add.at(sums, y, points)
    found: Array = points - (sums / counts)[y]
    return found


def _order(values: Array) -> float:
    values = values.reshape(len(values), -1).astype(np.float64)
    spread = values.var(axis=0).sum()
    steps = np.square(np.diff(values, axis=0)).sum(axis=1).mean()
    return float(1 - steps / (2 * spread)) if spread else 0.0
