"""What one column alone says of a target: cross-validated, by bins of its values and by neighbors in their order."""

import numpy as np

from pipeline.feed.schema import CATEGORY, CLASSIFICATION, FLAG, Schema

Array = np.ndarray
SEED = 559
BINS, COARSE = 64, 8
BYTE_BINS, BYTE_SHIFT = 64, 2  # of bytes: their upper six bits
ROWS_PER_BIN = 8
PROMISING = 0.5  # skill by bins from which a column's neighbors are looked at too
SAMPLED = 20_000  # rows at most; of more, every second, third, …


def every(rows: int, most: int = SAMPLED) -> slice:
    """Every row, or of more than ``most`` every second, third, …"""
    return slice(None, None, max(1, -(-rows // most)))


def skills(X: Array, y: Array, schema: Schema) -> Array:
    """(columns,) how much of a target each column of the rows X (rows, columns) tells alone, from 0 to 1.

    Classification: 1 − errors / errors of the most frequent class; regression: R²; of several targets the largest.
    """
    some = every(len(X))
    X, y = np.array(X[some]), y[some]  # a copy: of a mapped file, each column would read every page again
    if X.dtype == np.uint8 and not schema.kinds and schema.task == CLASSIFICATION:
        found = _of_bytes(X, y, len(schema.classes))
        for j in np.flatnonzero(found >= PROMISING):
            found[j] = skill(X[:, j], y, schema)
        return found
    return np.array([skill(X[:, j], y, schema, _coded(schema, j)) for j in range(X.shape[1])])


def _of_bytes(X: Array, y: Array, classes: int) -> Array:
    """``_by_bins`` of all columns at once: there may be thousands of pixels, of which few tell anything."""
    half = np.random.default_rng(SEED).permutation(len(y)) % 2 == 0
    usual = len(y) - int(np.bincount(y).max())
    columns, wrong = X.shape[1], np.zeros(X.shape[1])
    place = np.arange(columns) * (BYTE_BINS * classes)
    for learned in (half, ~half):
        cells = place + (X[learned] >> BYTE_SHIFT).astype(np.int64) * classes + y[learned][:, None]
        table = np.bincount(cells.ravel(), minlength=columns * BYTE_BINS * classes).reshape(columns, BYTE_BINS, classes)
        answers = table.argmax(axis=2)
        asked = answers[np.arange(columns), X[~learned] >> BYTE_SHIFT]
        wrong += (asked != y[~learned][:, None]).sum(axis=0)
    return np.maximum(0.0, 1 - wrong / max(1, usual))


def _coded(schema: Schema, column: int) -> bool:
    return bool(schema.kinds) and schema.kinds[column] in (CATEGORY, FLAG)


def skill(x: Array, y: Array, schema: Schema, coded: bool = False) -> float:
    """Of one column x (rows,), NaN where a value is missing; ``coded``: its numbers have no order."""
    x, targets = x.astype(np.float64), y.reshape(len(y), -1)
    places = [bins(x, coded)] if coded else [bins(x, most=BINS), bins(x, most=COARSE)]
    found = max(_by_bins(place, target, schema) for place in places for target in targets.T)
    if found < PROMISING or coded:
        return found
    return max(found, *(_by_neighbors(x, target, schema) for target in targets.T))


def bins(x: Array, coded: bool = False, most: int = BINS) -> Array:
    """(rows,) number of each value's bin: 0 for a missing one; of codes one each, of numbers equally filled ones."""
    gaps = np.isnan(x)
    present = x[~gaps]
    found = np.zeros(len(x), np.int64)
    if coded or not len(present):
        found[~gaps] = present.astype(np.int64) + 2  # 1 is an unseen level
        return found
    most = int(np.clip(len(x) // ROWS_PER_BIN, 2, most))
    edges = np.unique(np.quantile(present, np.arange(1, most) / most, method="nearest"))
    found[~gaps] = np.searchsorted(edges, present) + 1
    return found


def _by_bins(places: Array, y: Array, schema: Schema) -> float:
    """Each half of the rows answers for the other by what its bins hold."""
    half = np.random.default_rng(SEED).permutation(len(y)) % 2 == 0
    parts = [(half, ~half), (~half, half)]
    if schema.task in (CLASSIFICATION, "multilabel"):
        wrong = sum(int((_majority(places[a], y[a], places[b]) != y[b]).sum()) for a, b in parts)
        return _share(wrong, len(y) - int(np.bincount(y.astype(np.int64)).max()))
    squares = sum(float(np.square(_means(places[a], y[a], places[b]) - y[b]).sum()) for a, b in parts)
    return _share(squares, float(np.square(y - y.mean()).sum()))


def _share(left: float, whole: float) -> float:
    return max(0.0, 1 - left / whole) if whole > 0 else 0.0


def _majority(places: Array, y: Array, asked: Array) -> Array:
    y = y.astype(np.int64)
    count = int(y.max()) + 1
    size = int(max(places.max(), asked.max())) + 1
    table = np.bincount(places * count + y, minlength=size * count).reshape(size, count)
    usual = np.bincount(y, minlength=count)
    answers = np.where(table.sum(axis=1) > 0, (table + usual / (2 * usual.sum())).argmax(axis=1), usual.argmax())
    found: Array = answers[asked]
    return found


def _means(places: Array, y: Array, asked: Array) -> Array:
    size = int(max(places.max(), asked.max())) + 1
    counts = np.bincount(places, minlength=size)
    sums = np.bincount(places, weights=y, minlength=size)
    found: Array = np.where(counts > 0, sums / np.maximum(counts, 1), y.mean())[asked]
    return found


def _by_neighbors(x: Array, y: Array, schema: Schema) -> float:
    """Each row answered for by the next values below and above its own."""
    known = ~np.isnan(x)
    x, y = x[known], y[known]
    if len(x) < 3 or len(np.unique(x)) < len(x) / 2:
        return 0.0
    order = np.lexsort((np.random.default_rng(SEED).random(len(x)), x))
    y = y[order]
    if schema.task in (CLASSIFICATION, "multilabel"):
        wrong = (y[:-2] != y[1:-1]).sum() / 2 + (y[2:] != y[1:-1]).sum() / 2
        return _share(float(wrong), len(y) - int(np.bincount(y.astype(np.int64)).max()))
    # Of a mean of two neighbors, each with the noise of the row itself, a third of the squares is theirs.
    squares = float(np.square((y[:-2] + y[2:]) / 2 - y[1:-1]).sum()) / 1.5
    return _share(squares, float(np.square(y - y.mean()).sum()))
