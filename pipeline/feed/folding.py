"""Which levels of which columns a network can't tell apart, for they share one input."""

from collections.abc import Iterator

import numpy as np

from pipeline.feed.levels import OTHER, Levels
from pipeline.feed.survey import Survey

FEWEST = 0.01  # share of the rows from which levels are missed that are too rare for an input of their own
LISTED = 3


def folding_note(found: Survey, levels: Levels, rare: int, most: int) -> str:
    """Columns with levels that share one input, though they are many or together are not rare; "" if there are none."""
    columns = list(_folded(found, levels, rare))
    if not columns:
        return ""
    more = f" and {len(columns) - LISTED} other columns" if len(columns) > LISTED else ""
    return (
        f"levels share one input in {', '.join(columns[:LISTED])}{more}: raise levels={most}, or lower rare={rare}, "
        "to tell them apart"
    )


def _folded(found: Survey, levels: Levels, rare: int) -> Iterator[str]:
    ends = [*levels.starts, len(levels.slots)]
    for column, start, end in zip(levels.columns, ends, ends[1:], strict=False):
        rows = found.levels[int(column)][2:]
        other = (levels.slots[start + 2 : end] == OTHER) & (rows > 0)
        share = float(rows[other].sum() / found.rows)
        if other.sum() > 1 and (share >= FEWEST or np.any(rows[other] >= rare)):
            name = found.schema.features[int(column)]
            yield f"{name!r} ({int(other.sum())} of {int((rows > 0).sum())}, {_percent(share)} % of the rows)"


def _percent(share: float) -> str:
    return f"{100 * share:.2g}" if share < 0.995 else "100"
