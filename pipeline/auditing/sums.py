"""Columns that give the target away together, as the parts of a bill do its total."""

import numpy as np

from pipeline.auditing.binned import every
from pipeline.auditing.pitfalls import ALARM, Finding
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, NUMBER, Schema

Array = np.ndarray
EXACT = 0.999  # of the variance; what is measured rather than computed leaves more
ROWS_PER_COLUMN = 5  # by chance alone a sum then tells no more than 0.2
MOST = 200  # columns
WEIGHS = 0.01  # of the target's deviation: what less moves is no part of the sum


def adding_up(rows: Rows, schema: Schema) -> list[Finding]:
    """HD06, where a weighted sum of two or more columns of numbers is a target, or says whether it is one class."""
    X, names = _numbers(rows, schema)
    if not 2 <= len(names) <= min(MOST, len(X) // ROWS_PER_COLUMN):
        return []
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
    for weights, told in _fitted(Z, _targets(rows.y[every(len(rows))], schema)):
        parts = tuple(name for name, weight in zip(names, weights, strict=True) if abs(weight) >= WEIGHS)
        if told >= EXACT and len(parts) > 1:
            return [_adding(parts, told)]
    return []


def _numbers(rows: Rows, schema: Schema) -> tuple[Array, list[str]]:
    """The columns of numbers without gaps (rows, columns); of images, none."""
    if not schema.kinds or rows.X.dtype == np.uint8:
        return np.empty((0, 0)), []
    X = np.array(rows.X[every(len(rows))], np.float64)
    kept = [j for j, kind in enumerate(schema.kinds) if kind == NUMBER and np.isfinite(X[:, j]).all()]
    return X[:, kept], [schema.features[j] for j in kept]


def _targets(y: Array, schema: Schema) -> Array:
    """(rows, targets) each target, or for classes whether it is this one: of mean 0, deviation 1, none constant."""
    columns = np.eye(len(schema.classes))[y] if schema.task == CLASSIFICATION else y.reshape(len(y), -1)
    varied = columns[:, columns.std(axis=0) > 0].astype(np.float64)
    return np.asarray((varied - varied.mean(axis=0)) / varied.std(axis=0))


def _fitted(Z: Array, targets: Array) -> list[tuple[Array, float]]:
    """For each target the weights (columns,) of the sum nearest to it, and that sum's share of its variance."""
    weights = np.linalg.lstsq(Z, targets, rcond=None)[0]
    told = 1 - np.square(targets - Z @ weights).mean(axis=0)
    return list(zip(weights.T, map(float, told), strict=True))


def _adding(parts: tuple[str, ...], told: float) -> Finding:
    said = (
        f"columns {', '.join(parts)} together tell {100 * told:.1f} % of the target as a weighted sum: would all be "
        "known before the answer is? If not, set one to drop"
    )
    return Finding("HD06", ALARM, said, parts, {"told": told})
