"""What files of typed columns have in common."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import checks, forms, guessing
from pipeline.data.encoding import Unreadable
from pipeline.data.headers import MADE_UP, repeated
from pipeline.data.numerals import ALLOWED, Numerals
from pipeline.data.source import FLOAT, Read
from pipeline.errors import HoldoutError

BATCH, BYTES = 8192, 64 << 20  # rows, and bytes of text, in a batch
DAMAGE = (pa.ArrowException, OSError, ValueError, MemoryError)


class Typed:
    """Columns that have types, as a Source; how batches are read is the format's. See Source."""

    format = ""

    def __init__(self, path: Path, read: Read) -> None:
        self.path, self.name = path, str(path)
        self.nested: Mapping[str, str] = {}
        self.numerals = Numerals(missing=read.missing, typed=True)
        try:
            schema = self._schema()
        except DAMAGE as error:
            raise self._damaged(error) from None
        self.coded = frozenset[str]()
        self.types: Mapping[str, pa.DataType] = self._types(schema)
        self.notes: tuple[str, ...] = left_out(self.nested)
        self.index = _pandas_index(schema) & frozenset(self.types)
        self.unnamed = frozenset(name for name in self.types if MADE_UP.fullmatch(name))

    def batches(self, wanted: Mapping[str, str], rows: int | None = None) -> Iterator[pa.RecordBatch]:
        before, left = 0, rows
        try:
            for batch in _bounded(self._read(list(wanted))):
                batch = batch if left is None else batch.slice(0, left)
                yield self._formed(batch, wanted, before)
                before += len(batch)
                if left is not None and (left := left - len(batch)) <= 0:
                    return
        except DAMAGE as error:
            raise self._damaged(error) from None

    def place(self, row: int) -> str:
        return checks.row_from_zero(row)

    def _schema(self) -> pa.Schema:
        raise NotImplementedError

    def _read(self, names: Sequence[str]) -> Iterator[Any]:
        """Record batches of the columns ``names``."""
        raise NotImplementedError

    def _types(self, schema: pa.Schema) -> dict[str, pa.DataType]:
        if twice := repeated(schema.names):
            raise HoldoutError(f"{self.name}: column {twice!r} appears more than once; rename one of them")
        types = {field.name: forms.plain_type(field.type) for field in schema}
        self.nested = {name: f"{schema.field(name).type} values" for name, kind in types.items() if kind is None}
        return {name: kind for name, kind in types.items() if kind is not None}

    def elsewhere(self, name: str) -> str:
        return ""

    def _formed(self, batch: Any, wanted: Mapping[str, str], before: int) -> pa.RecordBatch:
        columns, faults = [], []
        for name, form in wanted.items():
            try:
                column, fault = forms.formed(batch.column(name), form, self.numerals)
            except pa.ArrowInvalid as error:
                raise HoldoutError(f"{self.name}: column {name!r} holds bytes that are no text ({error})") from None
            if form == FLOAT and self.types[name] == pa.string() and guessing.coded(forms.native(batch.column(name))):
                self.coded |= {name}
            columns.append(column)
            faults += [] if fault is None else [(fault, name)]
        if faults:
            row, name = min(faults)
            raise Unreadable(before + row, name, str(batch.column(name)[row].as_py()), ALLOWED)
        return pa.record_batch(columns, names=list(wanted))

    def _damaged(self, error: BaseException) -> HoldoutError:
        if isinstance(error, MemoryError):
            return HoldoutError(
                f"{self.name}: needs more memory than there is for {BATCH} of its rows; leave its long texts out of it"
            )
        return HoldoutError(f"{self.name}: is not readable {self.format} ({error}); save it again")


def left_out(nested: Mapping[str, str]) -> tuple[str, ...]:
    """The notes on columns of nested values."""
    return tuple(f"column {name!r} is left out: it holds nested values ({what})" for name, what in nested.items())


def _bounded(batches: Iterator[Any]) -> Iterator[Any]:
    """Batches whose texts take at most BYTES: a file that holds a long text once may have it in every row."""
    for batch in batches:
        longest = 1
        for column in batch.columns:
            if pa.types.is_dictionary(column.type) and forms.plain_type(column.type) == pa.string():
                longest += pc.max(pc.binary_length(column.dictionary.cast(pa.large_binary()))).as_py() or 0
        rows = max(1, BYTES // longest)
        for start in range(0, len(batch), rows):
            yield batch.slice(start, rows)


def _pandas_index(schema: pa.Schema) -> frozenset[str]:
    """Columns that pandas saved as a row index."""
    try:
        said = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        return frozenset(name for name in said.get("index_columns", ()) if isinstance(name, str))
    except (ValueError, AttributeError, TypeError):
        return frozenset()
