"""Which raw columns matter to a model: by how much its error grows when one of them is shuffled (Breiman 2001)."""

from dataclasses import dataclass

import numpy as np

from pipeline.arithmetic.totals import deviation, mean
from pipeline.feed.rows import Rows
from pipeline.training.metrics import desired, main_metric, measure
from pipeline.training.model import Model

Array = np.ndarray
REPEATS = 5
MOST = 2_000_000  # rows that are answered in all, so that it takes a minute at most
ROWS = (100, 10_000)  # at least and at most so many rows are shuffled
WIDEST = 2_000  # columns


@dataclass(frozen=True)
class Importance:
    """increase: (columns,) mean growth of the metric over the repeats; spread: its standard deviation; rows: shuffled.

    Columns that tell the same thing stand in for each other: none of them then seems to matter.
    """

    metric: str
    increase: Array
    spread: Array
    rows: int
    repeats: int = REPEATS


def importance(model: Model, rows: Rows) -> Importance | None:
    """The importance of each raw column on ``rows``, or on some of them where they are many.

    A column is shuffled as it is in the table, so that all inputs it became change together. None for images, and for
    more than ``WIDEST`` columns.
    """
    columns = len(model.features)
    if model.schema.image_shape is not None or columns > WIDEST:
        return None
    rng = np.random.default_rng(0)  # of its own: the same rows and orders each time
    wanted = int(np.clip(MOST // (columns * REPEATS), *ROWS))
    if wanted < len(rows):
        rows = rows.take(np.sort(rng.choice(len(rows), wanted, replace=False)))
    X, orders = np.array(rows.X), [rng.permutation(len(rows)) for _ in range(REPEATS)]
    metric, usual = main_metric(model.schema), _error(model, X, rows)
    grown = np.array([[_shuffled(model, X, rows, at, order) for order in orders] for at in range(columns)]) - usual
    return Importance(f"validation/{metric}", mean(grown.T), deviation(grown.T), len(rows))


def _shuffled(model: Model, X: Array, rows: Rows, column: int, order: Array) -> float:
    kept = X[:, column].copy()
    X[:, column] = kept[order]
    found = _error(model, X, rows)
    X[:, column] = kept
    return found


def _error(model: Model, X: Array, rows: Rows) -> float:
    found = measure(model, model.readout(X), desired(model, rows.y), rows.y, rows.importance)
    return found[main_metric(model.schema)]
