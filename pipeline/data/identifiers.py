"""Columns that number or name the rows: they must not become features, for they say nothing of a new row."""

import re

import numpy as np

Array = np.ndarray
WORDS = (
    r"id|ids|idx|index|key|uuid|guid|uid|pid|sid|no|nr|num|number|serial|record|rec|row|rows|obs|observation|seq|case|"
    r"row(?:num|no|id|name|names|number)"
)
NAMED = re.compile(rf"(?:^|[\W_])(?:{WORDS})$|^(?:{WORDS})[\W_]?\d*$|^Unnamed|^level_\d$|^X$", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?:I[Dd]|Key|Index|No|Nr|Number|UUID)$")


def named_like_one(name: str) -> bool:
    """``id``, ``customer_id``, ``PassengerId``, ``row number``, ``Unnamed: 0``; not ``humid`` or ``casino``."""
    return bool(NAMED.search(name.strip()) or CAMEL.search(name.strip()))


def evidence(name: str, values: Array) -> str | None:
    """Why a column of different whole numbers (rows,) numbers its rows; None if nothing says so."""
    if named_like_one(name):
        return "differs in every row and is named like an identifier"
    if values.max() - values.min() + 1 == len(values):
        return "runs through without a gap"
    steps = np.diff(values)
    if (steps > 0).all() or (steps < 0).all():
        return "differs in every row and follows their order"
    return None
