"""One sheet of an Excel or OpenDocument file."""

import datetime
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from pipeline.data import checks, headers
from pipeline.data.binary import BATCH, Typed
from pipeline.data.numerals import Numerals
from pipeline.data.source import Read
from pipeline.errors import HoldoutError

EXACT = 2**53  # up to which a float tells each whole number

Rows = list[tuple[int, list[Any]]]  # (row as the sheet counts, cells)


class Spreadsheet(Typed):
    """The cells of a sheet, in memory; the first sheet that is not empty if none is set. See Source."""

    format = "Excel or OpenDocument"

    def __init__(self, path: Path, read: Read) -> None:
        self.path, self.name = path, str(path)
        self.asked = read
        super().__init__(path, read)
        self.numerals = Numerals(missing=read.missing)
        self.notes = tuple(self.said)
        self.unnamed |= self.names.made_up

    def place(self, row: int) -> str:
        return f"sheet {self.sheet}, row {self.rows[row]}"

    def elsewhere(self, name: str) -> str:
        listed = ", ".join(self.others)
        return f"sheet {self.sheet!r} is read, set data.read.sheet for another: {listed}" if self.others else ""

    def _schema(self) -> pa.Schema:
        if zipfile.is_zipfile(self.path):
            with zipfile.ZipFile(self.path) as archive:
                checks.size(self.name, 1, sum(member.file_size for member in archive.infolist()))
        try:
            cells = self._cells(CalamineWorkbook.from_path(self.path))
        except CalamineError as error:
            raise self._damaged(error) from None
        self.table = self._table(cells)
        return self.table.schema

    def _cells(self, book: CalamineWorkbook) -> Rows:
        """The rows that are not empty."""
        wanted = [self.asked.sheet] if self.asked.sheet else book.sheet_names
        self.said: list[str] = []
        for name in wanted:
            if name not in book.sheet_names:
                listed = ", ".join(book.sheet_names)
                raise HoldoutError(f"{self.name}: there is no sheet {name!r} (data.read.sheet); there are: {listed}")
            found = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = [(line, [_value(cell) for cell in cells]) for line, cells in enumerate(found, 1)]
            if rows := [(line, cells) for line, cells in rows if any(cell is not None for cell in cells)]:
                self.sheet = name
                self.others = others = [other for other in book.sheet_names if other != name]
                if others and not self.asked.sheet:
                    self.said.append(f"sheet {name!r} is read, of {len(others) + 1}; data.read.sheet sets another")
                return rows
        raise HoldoutError(f"{self.name}: is empty, expected a header line and rows")

    def _table(self, rows: Rows) -> pa.Table:
        rows = _used(rows)
        top = next((at for at, (_, cells) in enumerate(rows) if 2 * sum(map(_there, cells)) > len(cells)), 0)
        if top:
            self.said.append(f"rows above row {rows[top][0]} left out")
        rows = _used(rows[top:])
        first = [_text(cell) or "" for cell in rows[0][1]]
        header = self.asked.header
        if header is None:
            header = headers.is_header(first, [[_text(cell) or "" for cell in cells] for _, cells in rows[1:1000]])
        try:
            self.names = headers.named(first) if header else headers.numbered(len(first))
        except ValueError as error:
            raise HoldoutError(f"{self.name}: sheet {self.sheet}, row {rows[0][0]}: {error}") from None
        self.said += self.names.notes
        body = rows[header:]
        if not body:
            raise HoldoutError(f"{self.name}: has a header but no rows of data, expected at least {checks.PARTS}")
        self.rows = [line for line, _ in body]
        columns = [_column([cells[index] for _, cells in body]) for index in range(len(first))]
        return pa.table(columns, names=list(self.names.names))

    def _read(self, names: Sequence[str]) -> Iterator[Any]:
        yield from self.table.select(list(names)).combine_chunks().to_batches(BATCH)


def _used(rows: Rows) -> Rows:
    """Without the columns that are empty in all rows."""
    used = [index for index in range(len(rows[0][1])) if any(cells[index] is not None for _, cells in rows)]
    return [(line, [cells[index] for index in used]) for line, cells in rows]


def _there(cell: Any) -> bool:
    return cell is not None


def _value(cell: Any) -> Any:
    """None for an empty cell; a whole number as one, for a sheet has only floats; a duration in seconds."""
    if cell == "" or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return int(cell)
    if isinstance(cell, datetime.timedelta):
        return cell.total_seconds()
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
        return datetime.datetime.combine(cell, datetime.time())
    return cell


def _text(cell: Any) -> str | None:
    if isinstance(cell, bool):
        return str(cell).lower()
    return None if cell is None else str(cell).strip()


def _column(cells: list[Any]) -> pa.Array:
    """An array of numbers, flags or moments if all cells are such, else of text."""
    kinds = {type(cell) for cell in cells if cell is not None}
    for held, kind in KINDS:
        if kinds and kinds <= held:
            return pa.array(cells, kind)
    return pa.array([_text(cell) for cell in cells], pa.string())


KINDS = (
    ({bool}, pa.bool_()),
    ({int}, pa.int64()),
    ({int, float}, pa.float64()),
    ({datetime.datetime}, pa.timestamp("us")),
)
