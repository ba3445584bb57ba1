"""Columns as they come, text or typed, into the numbers that a schema gives them."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import dates
from pipeline.data.numerals import ALLOWED
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER, UNSEEN, Schema

Array = np.ndarray
Column = Any  # pa.Array or pa.ChunkedArray, which have no types
WHOLE = re.compile(r"-?\d+")
TRUE, FALSE = ({"true", "True", "TRUE", "1", "1.0"}, {"false", "False", "FALSE", "0", "0.0"})
TRUTHS = {"true": TRUE, "1": TRUE, "false": FALSE, "0": FALSE}


class Unreadable(HoldoutError):
    """A value that can't be what its column is: ``row`` from 0, ``column``, ``value`` as found."""

    def __init__(self, row: int, column: str, value: str, allowed: str) -> None:
        super().__init__(f"row {row} (counted from 0), column {column}: found {value!r}, allowed: {allowed}")
        self.row, self.column, self.value, self.allowed = row, column, value, allowed


def encode(columns: Mapping[str, Column], schema: Schema) -> Array:
    """The columns of ``schema.features`` as X (rows, features), float64; see Schema for what its numbers mean.

    Raises:
        Unreadable: the first value that is no number, or no date, where its column holds these.
    """
    kinds = schema.kinds or (NUMBER,) * len(schema.features)
    levels = schema.levels or ((),) * len(schema.features)
    made = [
        ENCODERS[kind](name, columns[name], known)
        for name, kind, known in zip(schema.features, kinds, levels, strict=True)
    ]
    return np.column_stack(made)


def as_text(column: Column) -> Column:
    """Values as text, stripped; a whole float as a whole number (pandas makes floats of whole numbers with gaps)."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.or_kleene(pc.equal(column, pc.floor(column)), pc.is_null(column, nan_is_null=True))).as_py()
        column = pc.if_else(pc.is_nan(column), None, column)
        column = column.cast(pa.int64(), safe=False) if whole else column
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def text_of(value: Any) -> str | None:
    """A value of Python as text: true and false as in files, whole floats as whole numbers, moments in UTC."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.tzinfo and value == value:  # NaT equals nothing
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if value is None else str(value)


def _number(name: str, column: Column, known: tuple[str, ...]) -> Array:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_dictionary(column.type):
        column = _parsed(name, as_text(column), pa.float64(), ALLOWED)
    found = _floats(column)
    if np.isinf(found).any():
        row = int(np.isinf(found).argmax())
        raise Unreadable(row, name, str(column[row].as_py()), ALLOWED)
    return found


def _date(name: str, column: Column, known: tuple[str, ...]) -> Array:
    if pa.types.is_temporal(column.type):
        return dates.of_moments(column)
    text = _without_blanks(as_text(column))
    form = known[0] if known else dates.ISO
    found = dates.seconds(text, form)
    found = np.where(np.isnan(found), dates.seconds(text, dates.ISO), found)  # what programs send
    wrong = np.isnan(found) & text.is_valid().to_numpy(zero_copy_only=False)
    if wrong.any():
        row, own = int(wrong.argmax()), "" if form == dates.ISO else f"{form}, "
        allowed = f"dates, as {own}2026-11-26 or 2026-11-26T12:30:00"
        raise Unreadable(row, name, text[row].as_py(), allowed)
    return found


def _level(name: str, column: Column, known: tuple[str, ...]) -> Array:
    text = as_text(column)
    others = spellings(known)
    found = pc.index_in(text, value_set=pa.array([*known, *others], pa.string()))
    codes = _floats(pa.array([*range(len(known)), *others.values()], pa.int64()).take(found))
    gaps = text.is_null().to_numpy(zero_copy_only=False)
    return np.where(gaps, np.nan, np.where(np.isnan(codes), UNSEEN, codes))


def spellings(known: tuple[str, ...]) -> dict[str, int]:
    """Codes by what programs make of a level: 1.0 of 1, True or 1 of true, but nothing that two levels could be."""
    found: dict[str, list[int]] = {}
    for code, level in enumerate(known):
        spelled = {f"{level}.0"} if WHOLE.fullmatch(level) else {level.removesuffix(".0")}
        spelled |= TRUTHS.get(level.casefold(), set())
        for text in spelled - set(known):
            found.setdefault(text, []).append(code)
    return {text: codes[0] for text, codes in found.items() if len(codes) == 1}


def _without_blanks(text: Column) -> Column:
    return pc.if_else(pc.equal(text, ""), None, text)


def _parsed(name: str, text: Column, kind: pa.DataType, allowed: str) -> Column:
    text = _without_blanks(text)
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        for row, value in enumerate(text.to_pylist()):
            try:
                pa.scalar(value).cast(kind)
            except pa.ArrowInvalid:
                raise Unreadable(row, name, value, allowed) from None
        raise


def _floats(column: Column) -> Array:
    found: Array = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    return found


ENCODERS = {NUMBER: _number, DATE: _date, CATEGORY: _level, FLAG: _level}
