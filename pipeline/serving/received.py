"""Rows that a program sends, as pandas holds them: columns of mixed types, made into what a model's columns are."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.data.dataset import column_names
from pipeline.data.encoding import Unreadable, encode, text_of
from pipeline.errors import HoldoutError
from pipeline.feed.schema import Schema

Array = np.ndarray
# What MLflow and pandas make of a null in a column of text.
NULLS = ("", "None", "nan", "NaN", "NaT", "<NA>")
BITS = ("0", "1")
SHOWN = 5  # names in a message


def encoded(rows: pd.DataFrame, schema: Schema) -> Array:
    """Raw rows X (rows, features) of a table whose columns come by name, in any order and with others among them.

    Where the columns were never named by a person, as in plain arrays, rows may come by position.

    Raises:
        HoldoutError: says which column is missing, or which value of which row is no number and no date.
    """
    if not named(schema) and not {str(name) for name in rows.columns} & set(schema.features):
        rows = _by_position(rows, schema.features)
    table = _by_name(rows, schema.features)
    levels = schema.levels or ((),) * len(schema.features)
    X = encode({name: _column(table[name], known) for name, known in zip(schema.features, levels, strict=True)}, schema)
    if not schema.gaps:
        check_finite(X, schema.features)
    return X


def named(schema: Schema) -> bool:
    """Whether the columns have names that a person gave them, and kinds: those of images and arrays have none."""
    made_up = schema.features == column_names(len(schema.features), schema.image_shape)
    return bool(schema.kinds) and not (made_up and all(known in ((), BITS) for known in schema.levels))


def listed(names: Sequence[str]) -> str:
    """``a, b, c, d, e and 7 others``"""
    shown, others = list(names)[:SHOWN], len(names) - SHOWN
    return ", ".join(shown) + (f" and {others} others" if others > 0 else "")


def check_names(found: Sequence[str], features: Sequence[str]) -> None:
    """HoldoutError where a feature is not among the names of columns, or is there more than once."""
    for name in features:
        if found.count(name) > 1:
            raise HoldoutError(f"column {name} is there {found.count(name)} times, allowed: once")
    there = set(found)
    if missing := [name for name in features if name not in there]:
        what = f"column {missing[0]} is" if len(missing) == 1 else f"columns {listed(missing)} are"
        names = f"found {listed(found) or 'none of them'}"
        raise HoldoutError(f"{what} missing: {names}; the model takes {len(features)} columns by name, in any order")


def _by_position(rows: pd.DataFrame, features: tuple[str, ...]) -> pd.DataFrame:
    names = [name for name in rows.columns if isinstance(name, str)]
    counted = [str(number) for number in range(len(rows.columns))]
    if names and names != counted and all(map(_is_number, names)):
        raise HoldoutError(f"the first line holds numbers ({listed(names)}), expected the names of the columns")
    if len(rows.columns) != len(features):
        raise HoldoutError(
            f"found {len(rows.columns)} columns, expected the model's {len(features)}: {listed(features)}"
        )
    return rows.set_axis(list(features), axis=1)


def _by_name(rows: pd.DataFrame, features: tuple[str, ...]) -> dict[str, pd.Series]:
    names = [str(name) for name in rows.columns]
    check_names(names, features)
    wanted = set(features)
    return {name: rows.iloc[:, place] for place, name in enumerate(names) if name in wanted}


def _column(values: pd.Series, known: tuple[str, ...]) -> Any:
    """An Arrow array: numbers, times or true and false where pandas has these throughout, else text."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype.kind in "biufM":
        return pa.array(values, from_pandas=True)
    nulls = set(NULLS) - set(known)
    texts = (text_of(value) for value in values)
    return pa.array([None if text in nulls else text for text in texts], pa.string())


def check_finite(X: Array, features: Sequence[str]) -> None:
    """Unreadable names the first value of X (rows, features) that is missing or infinite."""
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = bad[0]
        raise Unreadable(int(row), features[column], "" if np.isnan(X[row, column]) else str(X[row, column]), "numbers")


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text, re.IGNORECASE))
