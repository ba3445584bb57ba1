"""Typed columns, as Parquet and the like have them, in the types and the forms of a Source."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import numerals
from pipeline.data.numerals import Numerals
from pipeline.data.source import AS_WRITTEN, FLOAT, NATIVE

WHOLE_DIGITS = 18  # of a decimal that fits into int64


def plain_type(kind: pa.DataType) -> pa.DataType | None:
    """The type that a Source gives a column: text, int64, uint64, float64, bool or timestamp; None: nested."""
    types = pa.types
    if types.is_dictionary(kind) or isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.value_type if types.is_dictionary(kind) else kind.storage_type)
    if types.is_uint64(kind) or types.is_boolean(kind):
        return kind
    if types.is_integer(kind) or (types.is_decimal(kind) and kind.scale == 0 and kind.precision <= WHOLE_DIGITS):
        return pa.int64()
    if types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind) or types.is_time(kind):
        return pa.float64()
    if types.is_timestamp(kind) or types.is_date(kind):
        return pa.timestamp("us")
    textual = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    textual = textual or types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return pa.string() if textual or types.is_fixed_size_binary(kind) or types.is_null(kind) else None


def formed(column: Any, form: str, words: Numerals) -> tuple[Any, int | None]:
    """``column`` (rows,) in ``form``, and the first row that is no finite number where it asks for these.

    Args:
        words: those that stand for no value.

    Raises:
        pa.ArrowInvalid: bytes that are no text.
    """
    column = _decoded(column)
    if form == NATIVE:
        return native(column), None
    if form == FLOAT:
        return _float(column, words)
    written = _written(column)
    return (written, None) if form == AS_WRITTEN else (numerals.without(written, words.gaps), None)


def _decoded(column: Any) -> Any:
    """Without dictionaries, extension types and chunks."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column = column.storage if isinstance(column.type, pa.BaseExtensionType) else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def native(column: Any) -> Any:
    """In its plain type; moments in UTC, durations and times of day in seconds."""
    kind, wanted = column.type, plain_type(column.type)
    if pa.types.is_duration(kind):
        return pc.divide(column.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
    if pa.types.is_time(kind):
        return pc.divide(column.cast(pa.time64("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"), safe=False)
    if wanted == pa.string():
        return _written(column)
    return column.cast(wanted, safe=False)


def _written(column: Any) -> Any:
    """As text, stripped: a whole float as a whole number, for pandas makes floats of whole numbers with gaps."""
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), float(2**53)))
        digits = pc.if_else(whole, column, None).cast(pa.int64(), safe=False).cast(pa.string())
        return pc.coalesce(digits, column.cast(pa.string()))
    if pa.types.is_fixed_size_binary(kind):
        column = column.cast(pa.binary())
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        column = native(column)
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _float(column: Any, words: Numerals) -> tuple[Any, int | None]:
    if plain_type(column.type) == pa.string():
        return numerals.parse(_written(column), words)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        there = pc.index(pc.is_valid(column), True).as_py()
        return column, there if there >= 0 else None
    values = native(column).cast(pa.float64(), safe=False)
    values = numerals.present(pc.if_else(pc.is_nan(values), None, values), words)
    row = pc.index(pc.is_inf(values), True).as_py()
    return values, row if row >= 0 else None
