"""By which rule the rows of a data set are dealt to its parts: by time where they have times, else at random."""

from collections.abc import Sequence

import numpy as np

from pipeline.feed.chronology import chronological
from pipeline.feed.dealing import split
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema

Array = np.ndarray


def deal(rows: Rows, schema: Schema, ratio: Sequence[float], seed: int, stratify: bool) -> tuple[Array, ...]:
    """Index arrays, sorted, one per part. Rows of weight 0 are in none of them: they count for nothing.

    Classes have the same share of each part where ``stratify``, rows have one class each, and no times.
    """
    equal, stratify = same_rows(rows.X), stratify and schema.task == CLASSIFICATION
    if rows.importance is None or (rows.importance > 0).all():
        return _dealt(rows.y, rows.groups, rows.moments, equal, ratio, seed, stratify)
    used = np.flatnonzero(rows.importance > 0)
    groups, moments = (None if values is None else values[used] for values in (rows.groups, rows.moments))
    return tuple(used[part] for part in _dealt(rows.y[used], groups, moments, equal[used], ratio, seed, stratify))


def _dealt(
    y: Array, groups: Array | None, moments: Array | None, equal: Array, ratio: Sequence[float], seed: int, even: bool
) -> tuple[Array, ...]:
    if moments is not None:
        return chronological(moments, groups, ratio, equal)
    return split(y, groups, ratio, seed, even, equal)


def thinned(rows: Rows, schema: Schema, train: Array, count: int | None, seed: int, stratify: bool) -> Array:
    """``count`` of the training rows ``train``, indices, sorted: all for None, or if there are no more than that.

    Where rows have times, the latest; else drawn, classes in their shares where ``stratify`` and each has two rows.
    """
    if count is None or count >= len(train):
        return train
    if rows.moments is not None:
        latest = np.argsort(rows.moments[train], kind="stable")[len(train) - count :]
        return np.sort(train[latest])
    y = rows.y[train]
    even = stratify and schema.task == CLASSIFICATION and np.unique(y, return_counts=True)[1].min() > 1
    found: Array = train[split(y, None, (count, len(train) - count), seed, even)[0]]
    return found


def thinning_notes(train: Array, used: Array) -> list[str]:
    """What a person should know of how many training rows are used."""
    few = len(used) < len(train)
    return [f"{len(used)} of {len(train)} training rows are used (split.training_rows)"] if few else []


def dealing_notes(rows: Rows, schema: Schema, stratify: bool) -> list[str]:
    """What a person should know of how the rows were dealt, one line each."""
    found = []
    if rows.importance is not None and (idle := int((rows.importance == 0).sum())):
        found.append(f"{idle} of {len(rows)} rows have weight 0 and are left out")
    if rows.moments is not None:
        found.append("rows are dealt by time, the latest to the test")
    if stratify and rows.moments is not None and schema.classes:
        found.append("split.stratify has no effect on rows that are dealt by time")
    elif stratify and schema.classes and schema.task != CLASSIFICATION:
        found.append("split.stratify has no effect on rows with several labels: they are dealt at random")
    return found
