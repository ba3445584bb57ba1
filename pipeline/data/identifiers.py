"""Columns that number or name the rows: they must not become features, for they say nothing of a new row."""

import re

import numpy as np

from pipeline.data.facts import DIFFERENT

Array = np.ndarray
DISORDER = 0.02  # share of steps that may go the other way in a column that follows the order of the rows
ENOUGH = 20  # values from which a slip is told from a column that is something else
WORDS = (
    r"id|ids|idx|index|key|uuid|guid|uid|pid|sid|no|nr|num|number|serial|record|rec|row|rows|obs|observation|seq|case|"
    r"row(?:num|no|id|name|names|number)"
)
NAMED = re.compile(
    rf"(?:^|[\W_])(?:{WORDS})$|^(?:{WORDS})[\W_]?\d*$|^Unnamed|^__index_level_\d+__$|^level_\d$|^X$", re.IGNORECASE
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?:I[Dd]|Key|Index|No|Nr|Number|UUID)$")


def named_like_one(name: str) -> bool:
    """``id``, ``customer_id``, ``PassengerId``, ``row number``, ``Unnamed: 0``; not ``humid`` or ``casino``."""
    return bool(NAMED.search(name.strip()) or CAMEL.search(name.strip()))


def evidence(name: str, values: Array) -> str | None:
    """Why a column of whole numbers (rows,), NaN where there is none, numbers its rows; None if nothing says so.

    A few slips change nothing of that: values that are missing, that come twice, that are out of order.
    """
    present = values[~np.isnan(values)]
    named, distinct = named_like_one(name), len(np.unique(present))
    if named and counts_anew(present):
        return (
            f"is named like an identifier and counts up from {present.min():.0f} again and again; set it to group if "
            "its rows belong together"
        )
    if len(present) - distinct > _slips(len(present), 1 - DIFFERENT):
        return None
    where = "in every row" if distinct == len(values) else "in nearly every row"
    if named:
        return f"differs {where} and is named like an identifier"
    if len(present) * 2 < len(values):
        return None
    gaps = present.max() - present.min() + 1 - distinct
    if gaps <= _slips(len(present), 1 - DIFFERENT):
        return "runs through without a gap" if not gaps else "runs through with few gaps"
    steps = np.diff(present)
    if max((steps > 0).sum(), (steps < 0).sum()) >= len(steps) - _slips(len(present), DISORDER):
        return f"differs {where} and follows their order"
    return None


def counts_anew(present: Array) -> bool:
    """Whether values (rows,) rise by 1 in each step but for few, after which they start anew from their lowest."""
    breaks = np.flatnonzero(np.diff(present) != 1) + 1
    anew = present[breaks] == present.min()
    return bool(len(breaks) and anew.all() and len(breaks) <= _slips(len(present), DISORDER))


def repeating(name: str) -> str:
    """What to say of a column whose values repeat; nothing unless it is named like an identifier."""
    if not named_like_one(name):
        return ""
    return (
        "is named like an identifier and repeats: if its rows belong together, set data.columns: "
        f"{{{name!r}: group}}, or drop"
    )


def _slips(rows: int, share: float) -> int:
    return max(1, round(share * rows)) if rows >= ENOUGH else 0
