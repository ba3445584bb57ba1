"""Dealing rows by time: the earliest to training, then validation, the latest to the test. Index arrays only."""

from collections.abc import Sequence

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.feed.dealing import part_sizes, tied

Array = np.ndarray


def chronological(
    moments: Array, groups: Array | None, ratio: Sequence[float], duplicates: Array | None = None
) -> tuple[Array, ...]:
    """Index arrays, sorted, one per part, in the order of time; together each of the rows once.

    No row of a part is later than the first row that was dealt to the next one by its own time. Rows of equal time
    are dealt alike; rows that are tied (groups, duplicates; see ``split``) go where the latest of them goes, so that
    none is learned from before its time. Sizes are as near to ``ratio`` as such sets of rows allow.

    Args:
        moments: (rows,) times in any unit.

    Raises:
        HoldoutError: there are fewer such sets than parts.
    """
    when = dealt_at(moments, groups, duplicates)
    times, counts = np.unique(when, return_counts=True)
    if len(times) < len(ratio):
        raise HoldoutError(
            f"rows can't be dealt by time to {len(ratio)} parts: found {len(times)} different times (tied rows count "
            "by the latest of them); deal them without time, or without groups"
        )
    ends = _cuts(np.cumsum(counts), np.cumsum(part_sizes(len(when), ratio))[:-1])
    part = np.searchsorted(times[ends], when)
    return tuple(np.flatnonzero(part == index) for index in range(len(ratio)))


def dealt_at(moments: Array, groups: Array | None, duplicates: Array | None = None) -> Array:
    """(rows,) the time by which each row is dealt: the latest of the rows that it is tied to."""
    units = tied(len(moments), groups, duplicates)
    latest = np.full(units.max() + 1, moments.min())
    np.maximum.at(latest, units, moments)
    found: Array = latest[units]
    return found


def _cuts(ends: Array, wanted: Array) -> list[int]:
    """Which of the rising row counts ``ends`` is nearest to each of those ``wanted``; each part keeps one at least."""
    found: list[int] = []
    for place, rows in enumerate(wanted):
        first, last = (found[-1] + 1 if found else 0), len(ends) - 1 - (len(wanted) - place)
        found.append(first + int(np.abs(ends[first : last + 1] - rows).argmin()))
    return found
