"""JSON: one record a line, or one list of records."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import charset, checks, guessing, numerals
from pipeline.data.binary import left_out
from pipeline.data.encoding import Unreadable
from pipeline.data.headers import MADE_UP
from pipeline.data.numerals import ALLOWED, Numerals
from pipeline.data.source import AS_WRITTEN, FLOAT, NATIVE, Read
from pipeline.errors import HoldoutError

BATCH = 8192  # rows
LONGEST = 19  # digits that fit into 64 bits, with room


KINDS = {dict: "record", list: "list"}


class Literal(str):
    """A number as the file writes it."""


class JsonLines:
    """Records as a Source; a key that a record has not is a missing value. See Source."""

    def __init__(self, path: Path, read: Read) -> None:
        self.path, self.name = path, str(path)
        self.encoding = charset.guess(path)
        self.numerals = Numerals(missing=read.missing, typed=True)
        self.nested: Mapping[str, str] = {}
        self.coded = frozenset[str]()
        self.types: Mapping[str, pa.DataType] = self._types()
        self.unnamed = frozenset(name for name in self.types if MADE_UP.fullmatch(name))
        self.index = frozenset[str]()
        self.notes: tuple[str, ...] = left_out(self.nested)

    def batches(self, forms: Mapping[str, str], rows: int | None = None) -> Iterator[pa.RecordBatch]:
        before, records = 0, islice(self._records(), rows)
        while chunk := [record for _, record in islice(records, BATCH)]:
            columns, faults = [], []
            for name, form in forms.items():
                texts = pa.array([_text(record.get(name)) for record in chunk], pa.string())
                column, row = self._formed(texts, name, form)
                columns.append(column)
                faults += [] if row is None else [(row, name, texts[row].as_py())]
            if faults:
                row, name, value = min(faults)
                raise Unreadable(before + row, name, value, ALLOWED)
            before += len(chunk)
            yield pa.record_batch(columns, names=list(forms))

    def elsewhere(self, name: str) -> str:
        return ""

    def place(self, row: int) -> str:
        where, _ = next(islice(self._records(), row, None))
        return where

    def _formed(self, texts: Any, name: str, form: str) -> tuple[Any, int | None]:
        kind = self.types[name]
        if form == FLOAT:
            if kind == pa.string() and guessing.coded(texts):
                self.coded |= {name}
            if kind == pa.bool_():
                return texts.cast(kind).cast(pa.float64()), None
            return numerals.parse(texts, self.numerals)
        texts = pc.utf8_trim_whitespace(texts)
        if form == NATIVE and kind != pa.string():
            return texts.cast(kind), None
        return (texts if form == AS_WRITTEN else numerals.without(texts, self.numerals.gaps)), None

    def _types(self) -> dict[str, pa.DataType]:
        """By all values: numbers, whole numbers, flags, or text."""
        found: dict[str, set[pa.DataType]] = {}
        for where, record in self._records():
            for name, value in record.items():
                if isinstance(value, dict | list):
                    self.nested = {name: f"a {KINDS[type(value)]} in {where}", **self.nested}
                found.setdefault(name, set()).update(() if value is None else (_type(value),))
        if not found:
            raise HoldoutError(f"{self.name}: has no rows of data, expected at least {checks.PARTS}")
        return {name: _common(kinds) for name, kinds in found.items() if name not in self.nested}

    def _records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(place, record) of each."""
        lines = self._lines()
        start = next(((line, text) for line, text in lines if text.strip()), (1, b""))
        if start[1].lstrip().startswith(b"["):
            yield from self._listed()
            return
        for line, text in _with_first(start, lines):
            if text.strip():
                yield f"line {line}", self._record(f"line {line}", self._loaded(f"line {line}", text))

    def _listed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        checks.size(self.name, self.path.stat().st_size, 10)
        listed = self._loaded("", b"".join(charset.blocks(self.path, self.encoding)))
        for row, record in enumerate(listed):
            yield checks.row_from_zero(row), self._record(checks.row_from_zero(row), record)

    def _loaded(self, where: str, text: bytes) -> Any:
        try:
            return json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=_constant)
        except (ValueError, RecursionError) as error:
            at = f"{where}: " if where else ""
            raise HoldoutError(
                f"{self.name}: {at}is no JSON ({error}); allowed: one record {{…}} in each line, or a list of records"
            ) from None

    def _record(self, where: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise HoldoutError(f'{self.name}: {where}: found {str(value)[:40]!r}, allowed: records, as {{"a": 1}}')
        return value

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        line, rest = 0, b""
        for block in charset.blocks(self.path, self.encoding):
            *whole, rest = (rest + block).split(b"\n")
            for text in whole:
                line += 1
                yield line, text
        yield line + 1, rest


def _with_first(first: tuple[int, bytes], lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from lines


def _constant(word: str) -> Literal | None:
    """NaN, Infinity, -Infinity, which are not JSON, but written."""
    return None if word == "NaN" else Literal(word)


def _text(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _type(value: Any) -> pa.DataType:
    if isinstance(value, bool):
        return pa.bool_()
    if not isinstance(value, Literal):
        return pa.string()
    whole = value.lstrip("-").isdecimal() and len(value.lstrip("-")) < LONGEST
    return pa.int64() if whole else pa.float64()


def _common(kinds: set[pa.DataType]) -> pa.DataType:
    if len(kinds) == 1:
        return kinds.pop()
    return pa.float64() if kinds == {pa.int64(), pa.float64()} else pa.string()
