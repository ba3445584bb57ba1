"""A block of delimited text to columns, each parsed once, in its form."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow

from pipeline.data import guessing, numerals
from pipeline.data.dialect import Dialect, records, tidy
from pipeline.data.sniffing import Layout
from pipeline.data.source import AS_WRITTEN, FLOAT

FEW = 64  # rows that tell most columns with fractions
CACHE = 1 << 16  # bytes that stay near the processor
SURPLUS = "\0"  # the field after the separator that ends each line


class Fault(NamedTuple):
    """What can't be: of row ``row`` (from 0) of a block, the value of ``column``, or the number of fields."""

    row: int
    column: str = ""
    value: str = ""
    fields: int = 0


def parse(block: bytes, layout: Layout, forms: Mapping[str, str]) -> Any:
    """Whole records in UTF-8 as an Arrow record batch, or the Fault that they have."""
    block = tidy(block, layout.dialect)
    plain = not layout.numerals.thousands
    types = {name: pa.float64() if form == FLOAT and plain else pa.string() for name, form in forms.items()}
    try:
        table = _table(block, layout, types)
    except pa.ArrowInvalid:
        if fault := _ragged(block, layout):
            return fault
        table = _table(block, layout, dict.fromkeys(types, pa.string()))
    made = _formed(table, layout, forms)
    return _as_found(made, block, layout) if isinstance(made, Fault) and made.column else made


def coded(block: bytes, layout: Layout, batch: Any, names: Sequence[str], fractions: set[str]) -> frozenset[str]:
    """Those of ``names``, columns read as FLOAT from whole records, in which a number is written as a code: 007.

    Args:
        fractions: columns known to have fractions, which are no codes; more are added.
    """
    fractions.update(name for name in names if not _whole(batch[name][:FEW]))
    whole = [name for name in names if name not in fractions]
    whole = [name for name in whole if _whole(batch[name])] if whole and _zero_led(block, layout.dialect) else []
    table = _table(tidy(block, layout.dialect), layout, dict.fromkeys(whole, pa.string())) if whole else {}
    return frozenset(name for name in whole if guessing.coded(pc.utf8_trim_whitespace(table[name])))


def _whole(column: Any) -> bool:
    return pc.all(pc.equal(pc.floor(column), column)).as_py() is not False


def _zero_led(block: bytes, dialect: Dialect) -> bool:
    """Whether a field may start with 0 and another digit: a look at the bytes, which costs little."""
    starts = "\n" + dialect.separator + dialect.quote * (dialect.quote.encode() in block)
    signs = np.frombuffer(b"\n" + block + b"..", np.uint8)
    return any(_pairs(signs[at : at + CACHE + 2], starts) for at in range(0, len(block), CACHE))


def _pairs(signs: np.ndarray, starts: str) -> bool:
    """Whether 0 and a digit follow one of ``starts``."""
    before, there, after = signs[:-2], signs[1:-1], signs[2:]
    found = before == ord(starts[0])
    for sign in starts[1:]:
        found |= before == ord(sign)
    found &= there == ord("0")
    found &= after - np.uint8(ord("0")) < 10
    return bool(found.any())


def _as_found(fault: Fault, block: bytes, layout: Layout) -> Fault:
    """The fault with its value as the file has it."""
    written = _table(block, layout, {fault.column: pa.string()})
    return fault._replace(value=written[fault.column][fault.row].as_py().strip())


def _table(block: bytes, layout: Layout, types: Mapping[str, pa.DataType]) -> Any:
    if layout.surplus:
        types = {**types, SURPLUS: pa.string()}
    if not block.strip(b" \t\r\n".replace(layout.dialect.separator.encode(), b"")):
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    names = [*layout.names, SURPLUS] if layout.surplus else layout.names
    dialect, quoted = layout.dialect, layout.dialect.quote.encode() in block and bool(layout.dialect.quote)
    return arrow.read_csv(
        pa.BufferReader(block),
        arrow.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
        arrow.ParseOptions(
            delimiter=dialect.separator, quote_char=dialect.quote or False, newlines_in_values=quoted,
            invalid_row_handler=_blank,
        ),
        arrow.ConvertOptions(
            check_utf8=False, column_types=types, include_columns=list(types), null_values=layout.numerals.number_gaps,
            decimal_point=layout.numerals.decimal,
        ),
    )  # fmt: skip


def _blank(row: Any) -> str:
    """A line of spaces is no row."""
    return "error" if row.text.strip() else "skip"


def _ragged(block: bytes, layout: Layout) -> Fault | None:
    found = enumerate(records(block.decode(), layout.dialect, layout.width))
    return next((Fault(row, fields=len(fields)) for row, (_, fields) in found if len(fields) != layout.width), None)


def _formed(table: Any, layout: Layout, forms: Mapping[str, str]) -> Any:
    columns, faults = [], []
    for name, form in forms.items():
        column, row = FORMS.get(form, _text)(table[name].chunk(0), layout)
        columns.append(column)
        if row is not None:
            faults.append(Fault(row, name))
    if layout.surplus and pc.any(written := pc.not_equal(table[SURPLUS], "")).as_py():
        faults.append(Fault(_first(written) or 0, fields=layout.width))
    return min(faults) if faults else pa.record_batch(columns, names=list(forms))


def _written(column: Any, layout: Layout) -> tuple[Any, int | None]:
    return pc.utf8_trim_whitespace(column), None


def _text(column: Any, layout: Layout) -> tuple[Any, int | None]:
    return numerals.without(pc.utf8_trim_whitespace(column), layout.numerals.gaps), None


def _float(column: Any, layout: Layout) -> tuple[Any, int | None]:
    """Numbers that Arrow parsed, or text that it could not."""
    if pa.types.is_string(column.type):
        return numerals.parse(column, layout.numerals)
    if math.isfinite(pc.sum(column).as_py() or 0):  # no NaN, no infinity
        return numerals.present(column, layout.numerals), None
    column = numerals.present(pc.if_else(pc.is_nan(column), None, column), layout.numerals)
    return column, _first(pc.is_inf(column))


def _first(found: Any) -> int | None:
    """The first row in which ``found`` is true."""
    row: int = pc.index(found, True).as_py()
    return row if row >= 0 else None


FORMS = {AS_WRITTEN: _written, FLOAT: _float}
