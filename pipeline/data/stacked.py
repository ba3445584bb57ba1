"""Several tables of the same columns as one, their rows below one another."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from pipeline.data import checks
from pipeline.data.encoding import Unreadable
from pipeline.data.numerals import Numerals, rewritten
from pipeline.data.source import NATIVE, TEXT, Source
from pipeline.errors import HoldoutError


class Stacked:
    """Sources below one another as a Source; columns by name, in the order of the first one. See Source."""

    def __init__(self, name: str, parts: Sequence[Source], notes: Sequence[str] = ()) -> None:
        self.name, self.parts = name, parts
        first = parts[0]
        for part in parts[1:]:
            _same_columns(part, first)
        self.types: Mapping[str, pa.DataType] = {name: _common(parts, name) for name in first.types}
        self.nested: Mapping[str, str] = {name: what for part in parts for name, what in part.nested.items()}
        self.unnamed = frozenset[str]().union(*(part.unnamed for part in parts))
        self.index = frozenset[str]().union(*(part.index for part in parts))
        told = [part.numerals for part in parts if part.numerals.decimal != "." or part.numerals.thousands]
        self.numerals = (told or [first.numerals])[0]  # a file of whole numbers says nothing of fractions
        said = dict.fromkeys(note for part in parts for note in part.notes)
        alike = len(parts) == 1 or all(part.notes == first.notes for part in parts)
        each = said if alike else [f"{part.name}: {note}" for part in parts for note in part.notes]
        self.notes = (*notes, *each)
        self._lengths: dict[int, int] = {}

    def elsewhere(self, name: str) -> str:
        found = ((part.name, part.elsewhere(name)) for part in self.parts)
        return next((f"{where}: {what}" for where, what in found if what), "")

    @property
    def coded(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.coded for part in self.parts))

    def batches(self, forms: Mapping[str, str], rows: int | None = None) -> Iterator[pa.RecordBatch]:
        before = 0
        for index, part in enumerate(self.parts):
            start = before
            try:
                for batch in part.batches(self._asked(part, forms), None if rows is None else rows - before):
                    before += len(batch)
                    yield self._cast(batch, forms, part.numerals)
            except Unreadable as error:
                raise Unreadable(start + error.row, error.column, error.value, error.allowed) from None
            if rows is None:
                self._lengths[index] = before - start
            elif before == rows:
                return

    def place(self, row: int) -> str:
        for index, part in enumerate(self.parts[:-1]):
            if index not in self._lengths:
                first = next(iter(part.types))
                self._lengths[index] = sum(len(batch) for batch in part.batches({first: TEXT}))
            if row < self._lengths[index]:
                return self._in(part, row)
            row -= self._lengths[index]
        return self._in(self.parts[-1], row)

    def _in(self, part: Source, row: int) -> str:
        return part.place(row) if len(self.parts) == 1 else f"{part.name}: {part.place(row)}"

    def _asked(self, part: Source, forms: Mapping[str, str]) -> dict[str, str]:
        """Of a column that is text in some part, text of every part."""
        return {
            name: TEXT if form == NATIVE and self.types[name] == pa.string() else form for name, form in forms.items()
        }

    def _cast(self, batch: pa.RecordBatch, forms: Mapping[str, str], own: Numerals) -> pa.RecordBatch:
        """The columns in their common types, numbers in text in the numerals of all."""
        columns = [
            batch.column(name).cast(self.types[name]) if form == NATIVE else batch.column(name)
            for name, form in forms.items()
        ]
        columns = [
            rewritten(column, own, self.numerals) if pa.types.is_string(column.type) else column for column in columns
        ]
        return pa.record_batch(columns, names=list(forms))


def _same_columns(part: Source, first: Source) -> None:
    """Raises HoldoutError naming the columns in which ``part`` differs."""
    more = [name for name in part.types if name not in first.types]
    less = [name for name in first.types if name not in part.types]
    if more or less:
        found = [f"has no column {', '.join(map(repr, less[:3]))}"] if less else []
        found += [f"has {', '.join(map(repr, more[:3]))} beside them"] if more else []
        raise HoldoutError(
            f"{part.name}: {' and '.join(found)}, expected the {checks.counted(len(first.types), 'column')} of "
            f"{first.name}, in any order"
        )


def _common(parts: Sequence[Source], name: str) -> pa.DataType:
    """A type that holds the column's values in all parts: of numbers float64, of different kinds text."""
    types = [part.types[name] for part in parts]
    if len(set(types)) == 1:
        return types[0]
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types)
    return pa.float64() if numbers else pa.string()
