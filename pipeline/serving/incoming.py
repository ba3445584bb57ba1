"""Rows of files, a batch at a time, as a model takes them: columns by name, in whatever format prepare reads."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.data import arrays
from pipeline.data.collecting import numbers
from pipeline.data.encoding import Unreadable, encode
from pipeline.data.guessing import guess
from pipeline.data.numerals import without
from pipeline.data.opening import open_files
from pipeline.data.source import FLOAT, NATIVE, TEXT, Read, Source
from pipeline.errors import HoldoutError
from pipeline.feed.schema import DATE, NUMBER, Schema
from pipeline.serving.received import check_finite, check_names, listed, named

Array = np.ndarray
SAMPLE = 20_000  # rows by which is guessed which words among numbers stand for no value
ROWS = 8192  # of an array at a time


class Incoming:
    """The rows of tables on disk, and what a person should know of them.

    Attributes:
        notes: what was guessed, and which columns are not used, one line each.
    """

    def __init__(self, paths: Sequence[Path], read: Read, schema: Schema) -> None:
        """Raises HoldoutError: a file can't be read, or has not all the columns that the model takes."""
        self._schema, self._source = schema, open_files(paths, read)
        found = list(self._source.types)
        try:
            check_names(found, schema.features)
        except HoldoutError as error:
            raise HoldoutError(f"{self._source.name}: {error}") from None
        others = [name for name in found if name not in set(schema.features)]
        self.notes = [*self._source.notes, *([f"not used: {listed(others)}"] if others else [])]

    def batches(self) -> Iterator[Array]:
        """Raw rows X (rows, features), float64, in the order of the files.

        Raises:
            HoldoutError: names the line, the column and the value that is no number, or no date.
        """
        source, schema, start = self._source, self._schema, 0
        kinds = dict(zip(schema.features, schema.kinds or (NUMBER,) * len(schema.features), strict=True))
        words = _words(
            source, [name for name, kind in kinds.items() if kind in (NUMBER, DATE) and _textual(source, name)]
        )
        forms = {name: TEXT if name in words else _form(source, name, kind) for name, kind in kinds.items()}
        dated = [name for name, kind in kinds.items() if kind == DATE and forms[name] == TEXT]
        batches = source.batches(forms)
        while (batch := self._next(batches)) is not None:
            try:
                columns = {
                    name: _dates(source, batch.column(name), words.get(name, ()))
                    if name in dated
                    else _column(source, name, batch.column(name), words)
                    for name in schema.features
                }
                X = encode(columns, schema)
                if not schema.gaps:
                    check_finite(X, schema.features)
            except Unreadable as error:
                raise _refusal(source, start + error.row, error) from None
            start += len(X)
            yield X

    def _next(self, batches: Iterator[Any]) -> Any:
        """The next batch; None after the last one."""
        try:
            return next(batches, None)
        except Unreadable as error:
            raise _refusal(self._source, error.row, error) from None


def _column(source: Source, name: str, column: Any, words: Mapping[str, tuple[str, ...]]) -> Any:
    """A column as it was read; of numbers among which words stand for no value, the numbers."""
    if name not in words:
        return column
    texts = without(column, (*source.numerals.number_gaps, *words[name]))
    values = numbers(texts, source.numerals)
    bad = np.isnan(values) & texts.is_valid().to_numpy(zero_copy_only=False)
    if bad.any():
        row = int(bad.argmax())
        raise Unreadable(row, name, str(texts[row].as_py()), "numbers")
    return pa.array(values)


def _dates(source: Source, column: Any, words: tuple[str, ...]) -> Any:
    return without(column, (*source.numerals.number_gaps, *words))


def _textual(source: Source, name: str) -> bool:
    kind = source.types[name]
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _form(source: Source, name: str, kind: str) -> str:
    if kind == NUMBER:
        return FLOAT
    return NATIVE if kind == DATE and not _textual(source, name) else TEXT


def _words(source: Source, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By a first look, the words that stand for no value in columns of numbers, beside the usual ones."""
    batches = list(source.batches(dict.fromkeys(names, TEXT), SAMPLE)) if names else []
    look = pa.Table.from_batches(batches).combine_chunks() if any(map(len, batches)) else pa.table({})
    found = {name: guess(pa.concat_arrays(look[name].chunks), source.numerals).missing for name in look.column_names}
    return {name: words for name, words in found.items() if words}


def _refusal(source: Source, row: int, error: Unreadable) -> HoldoutError:
    place, value = source.place(row), error.value
    return HoldoutError(
        f"{source.name}: {place}, column {error.column}: found {value!r}, allowed: {error.allowed}; mend it, or say "
        f"how the file is written: --read 'missing=[\"{value}\"]' for no value, --read decimal=, or the like"
    )


class IncomingArray:
    """The rows of one array (.npy, or in .npz the array X or the only one): (rows, features), or images."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._X, self._schema, self.notes = _array(path), schema, list[str]()
        if not len(self._X):
            raise HoldoutError(f"{path}: has no rows, expected at least 1")
        if named(schema):
            raise HoldoutError(f"{path}: is an array, but the model takes columns by name; save them as a table")
        self._X = self._X.reshape(len(self._X), -1)
        if self._X.dtype.kind not in "biuf" or self._X.shape[1] != len(schema.features):
            raise HoldoutError(
                f"{path}: holds {self._X.shape[1]} columns of {self._X.dtype}, expected the model's "
                f"{len(schema.features)} columns of numbers"
            )

    def batches(self) -> Iterator[Array]:
        """As those of ``Incoming``."""
        for start in range(0, len(self._X), ROWS):
            X = self._X[start : start + ROWS].astype(np.float64)
            columns = dict(zip(self._schema.features, map(pa.array, X.T), strict=True))
            try:
                X = encode(columns, self._schema)
                if not self._schema.gaps:
                    check_finite(X, self._schema.features)
            except Unreadable as error:
                raise Unreadable(start + error.row, error.column, error.value, error.allowed) from None
            yield X


def _array(path: Path) -> Array:
    if path.suffix.lower() == ".npy":
        found = arrays.read_npy(path, mapped=True)
    else:
        every = arrays.read_npz(path)
        name = "X" if "X" in every else next(iter(every), "")
        if name != "X" and len(every) != 1:
            raise HoldoutError(f"{path}: has the arrays {listed(list(every))}, expected one of them to be called X")
        found = every[name]
    if found.ndim < 2:
        raise HoldoutError(f"{path}: has shape {found.shape}, expected (rows, features) or (rows, height, width)")
    return found


def open_rows(paths: Sequence[Path], read: Read, schema: Schema) -> Incoming | IncomingArray:
    """Files, or folders of them: tables, or one file of arrays."""
    if len(paths) == 1 and paths[0].suffix.lower() in (".npy", ".npz"):
        if not paths[0].is_file():
            raise HoldoutError(f"{paths[0]}: there is no such file")
        return IncomingArray(paths[0], schema)
    return Incoming(paths, read, schema)
