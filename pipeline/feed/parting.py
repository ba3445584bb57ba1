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
