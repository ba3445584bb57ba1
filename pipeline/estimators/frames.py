"""Tables in memory, of pandas, polars or Arrow, and arrays with text, as Arrow tables."""

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.dataset import column_names
from pipeline.data.encoding import text_of

Array = np.ndarray
MIXED = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)
INTERVAL, PERIOD = "interval", "period"  # how the names of pandas' types begin that Arrow has none for
ZONED = ("datetime64[s, ", "datetime64[ms, ", "datetime64[us, ", "datetime64[ns, ")  # moments: UTC is what counts


def as_table(X: Any) -> Any:
    """X as an Arrow table; None where it is an array of numbers, or anything that is for scikit-learn to judge.

    Raises:
        TypeError: a cell holds neither a number, nor text, nor a date.
        ValueError: two columns have one name.
    """
    if _is_frame(X):
        return _of_frame(X)
    X = _as_objects(X)
    if not isinstance(X, np.ndarray) or X.ndim != 2 or X.dtype.kind not in "OUST" or not X.size:
        return None
    names = column_names(X.shape[1])
    return pa.table({name: _array(X[:, j].tolist(), name) for j, name in enumerate(names)})


def all_numbers(table: Any) -> bool:
    """Whether an Arrow table holds numbers, or true and false, in every cell: then it is as good as an array."""
    return all(map(_numeric, table.columns))


def _numeric(column: Any) -> bool:
    kind = column.type
    if column.null_count or not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return False
    return not (pa.types.is_floating(kind) and pc.any(pc.is_nan(column)).as_py())


def _is_frame(X: Any) -> bool:
    return hasattr(X, "__dataframe__") or (hasattr(X, "__arrow_c_stream__") and hasattr(X, "columns"))


def _of_frame(X: Any) -> Any:
    pandas = hasattr(X, "iloc")
    names = list(map(str, getattr(X, "column_names", X.columns)))
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"X: column {twice!r} is there {names.count(twice)} times, allowed: once")
    if not names:
        raise ValueError(
            f"Found array with 0 feature(s) (shape=({len(X)}, 0)) while a minimum of 1 is required: X is empty"
        )
    if not pandas:
        return _of_stream(X)
    return pa.table({name: _series(X.iloc[:, place], name) for place, name in enumerate(names)})


def _of_stream(X: Any) -> Any:
    """A table of polars or Arrow, its categories in a form that Arrow computes with."""
    try:
        table = X if isinstance(X, pa.Table) else pa.table(X)
    except pa.ArrowException as error:
        raise TypeError(f"X: a column has a type that Arrow can't read ({error}): cast it to numbers or text") from None
    viewed = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    for name in viewed:
        chunks = [_plain_dictionary(chunk) for chunk in table[name].chunks]
        table = table.set_column(table.column_names.index(name), name, pa.chunked_array(chunks, chunks[0].type))
    return table


def _plain_dictionary(chunk: Any) -> Any:
    words = chunk.dictionary
    words = words.cast(pa.string()) if words.type == pa.string_view() else words
    return pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int64()), words)


def _series(values: Any, name: str) -> Any:
    """A column of pandas: periods as the dates on which they begin, intervals as text, moments in UTC."""
    values = values.sparse.to_dense() if hasattr(values, "sparse") else values
    kind = str(values.dtype)
    if hasattr(values, "cat") and str(values.cat.categories.dtype).startswith((INTERVAL, PERIOD)):
        values = values.cat.rename_categories(list(map(str, values.cat.categories)))
    elif kind.startswith(ZONED):
        values = values.dt.tz_convert(None)
    elif kind.startswith(PERIOD):
        values = values.dt.to_timestamp()
    elif kind.startswith(INTERVAL):
        return pa.array(values.astype(object).map(str, na_action="ignore"), pa.string(), from_pandas=True)
    try:
        return pa.array(values, from_pandas=True)
    except MIXED:
        return _texts(values, name)


def _array(values: list[Any], name: str) -> Any:
    try:
        return pa.array(values, from_pandas=True)
    except MIXED:
        return _texts(values, name)


def _texts(values: Iterable[Any], name: str) -> Any:
    """A column of values of several types, as text."""
    return pa.array([_checked(value, row, name) for row, value in enumerate(values)], pa.string())


def _checked(value: Any, row: int, name: str) -> str | None:
    if missing(value):
        return None
    if hasattr(value, "to_timestamp"):  # a period of pandas
        value = value.to_timestamp()
    if isinstance(value, numbers.Rational) and not isinstance(value, numbers.Integral):
        value = float(value)
    if hasattr(value, "left") and hasattr(value, "closed"):  # an interval of pandas
        return str(value)
    if isinstance(value, str | bytes | numbers.Real | np.bool_) or hasattr(value, "isoformat"):
        return text_of(value.decode() if isinstance(value, bytes) else value)
    raise TypeError(
        f"X: row {row} (counted from 0), column {name}: found a {type(value).__name__}; each argument must be "
        "a string, a real number or a date"
    )


def missing(value: Any) -> bool:
    """Whether a value of an array of objects is None or NaN, or what pandas has in its place."""
    if value is None or isinstance(value, str):
        return value is None
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA has no truth
        return True


def _as_objects(X: Any) -> Any:
    """A list of rows as an array in which numbers stay numbers beside text."""
    if not isinstance(X, list | tuple):
        return X
    try:
        found = np.asarray(X)
        return np.asarray(X, object) if found.dtype.kind in "US" else found
    except ValueError:  # rows of different lengths
        return X
