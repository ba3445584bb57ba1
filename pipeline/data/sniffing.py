"""What is guessed of a text file from its first lines: its dialect, where its rows begin, its columns' names."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.data import headers, numerals
from pipeline.data.checks import counted
from pipeline.data.dialect import SPACES, Dialect, records, tidy
from pipeline.data.headers import Names
from pipeline.data.numerals import Numerals
from pipeline.data.source import Read

USUAL = (",", ";", "\t", "|")
UNUSUAL = (SPACES, "^", "~", ":")  # looked at where no usual one parts lines evenly
COMMENTS = ("#", "%")
TOLD = re.compile(r'\A"?sep=(.)"?[ \t]*\r?\n', re.I)  # a line that spreadsheets read and write
RECORDS = 1000  # by which a separator is judged
EVEN = 0.9  # share of records with as many fields as most, from which a separator parts lines evenly
SIGNS = {"\t": "tab", SPACES: "spaces"}

Rows = list[tuple[int, list[str]]]  # (line, fields)


@dataclass(frozen=True)
class Layout:
    """How a text file is to be read.

    Attributes:
        start: lines before the first row. header: the line that names the columns, 0 for none.
        names: of all columns; made_up: of those that have none in the file.
        surplus: whether each line ends in a separator, so that its last field is none.
        notes: what was guessed, or is odd.
    """

    dialect: Dialect
    start: int
    header: int
    names: tuple[str, ...]
    made_up: frozenset[str]
    surplus: bool
    numerals: Numerals
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        """Fields in a line."""
        return len(self.names) + self.surplus


def guess(sample: str, read: Read) -> Layout:
    """The layout of the text that starts with ``sample``, whole records; what ``read`` sets is obeyed.

    Raises:
        ValueError: it has no rows, or two columns of one name.
    """
    if told := TOLD.match(sample):
        read = replace(read, separator=read.separator or told[1])
        sample = "\n" + sample[told.end() :]
    dialect, rows = _dialect(sample, read)
    if not rows:
        raise ValueError("is empty, expected a header line and rows")
    width = _width(rows)
    top = _top(rows, width)
    head, body, surplus = _headed(rows[top:], width, read, _commented(sample, dialect, width))
    if not body:
        raise ValueError("has a header but no rows of data, expected at least 3")
    found = _names(head, width - surplus)
    columns = [list(column) for column in zip(*(fields for _, fields in body if len(fields) == width), strict=True)]
    numbers = _numerals(columns, read, dialect)
    header = head[0] if head else 0
    said = _said(dialect, numbers, header, rows[:top], surplus)
    return Layout(dialect, body[0][0] - 1, header, found.names, found.made_up, surplus, numbers, (said, *found.notes))


def _dialect(sample: str, read: Read) -> tuple[Dialect, Rows]:
    """The dialect, and the records of the sample in it."""
    base = Dialect(read.separator or ",", '"' if read.quote is None else read.quote, read.comment or "")
    if read.comment is None:
        base = replace(base, comment=next((sign for sign in COMMENTS if re.search(f"^{sign}", sample, re.M)), ""))
    found = base if read.separator else _separated(sample, base)
    if read.comment is None and found.comment and _data(sample, found):
        return _dialect(sample, replace(read, comment=""))
    rows = _records(sample, found)
    if read.quote is None and '"' not in sample and _single_quoted(rows):
        return _dialect(sample, replace(read, quote="'"))
    return found, rows


def _records(sample: str, dialect: Dialect) -> Rows:
    return list(records(tidy(sample.encode(), dialect).decode(), dialect))


def _data(sample: str, dialect: Dialect) -> bool:
    """Whether the lines that would be comments look like rows: most lines are, or most of those have all fields."""
    bare = replace(dialect, comment="")
    rows = _records(sample, bare)
    marked = [fields for _, fields in rows if fields[0].startswith(dialect.comment)]
    if rows and rows[0][1][0].startswith(dialect.comment) and len(marked) * 2 < len(rows):
        return False
    width = _width(rows)
    return width > 1 and sum(len(fields) == width for fields in marked) * 2 > len(marked)


def _separated(sample: str, base: Dialect) -> Dialect:
    """``base`` with the separator that parts the lines most evenly."""
    for signs in (USUAL, UNUSUAL):
        judged = [(_judged(sample, dialect), dialect) for dialect in (replace(base, separator=sign) for sign in signs)]
        best, dialect = max(judged, key=lambda pair: pair[0])
        if best[0] and not (dialect.separator == "\t" and _spaced(sample)):
            return dialect
    return base


def _spaced(sample: str) -> bool:
    """Whether runs of spaces are in most lines, as if they parted columns."""
    lines = sample.splitlines()
    return sum("  " in line.strip() for line in lines) * 2 > len(lines)


def _judged(sample: str, dialect: Dialect) -> tuple[bool, bool, float, int]:
    """How well a separator fits: it parts evenly, the first line too; share of numbers; fields."""
    rows = _records(sample, dialect)[:RECORDS]
    if not rows or (width := _width(rows)) < 2:
        return False, False, 0, 0
    fields = [row for _, row in rows if len(row) == width]
    cells = [cell for row in fields for cell in row]
    first = len(rows[0][1]) in ((width, width - 1) if width > 2 else (width,))
    even = len(fields) >= EVEN * (len(rows) - 1) and (first or dialect.separator in USUAL[:4])
    numbers = sum(headers.is_number(cell) or not cell for cell in cells) / len(cells)
    return even, first, round(numbers, 1), width


def _single_quoted(rows: Rows) -> bool:
    """Whether a column, past the first row, is all in single quotes."""
    width = _width(rows) if rows else 0
    columns = zip(*(fields for _, fields in rows[1:] if len(fields) == width), strict=True)
    return any(all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in column) for column in columns)


def _width(rows: Rows) -> int:
    return Counter(len(fields) for _, fields in rows).most_common(1)[0][0]


def _top(rows: Rows, width: int) -> int:
    """The first record of the table: of as many fields as most, or a header of one less."""
    full = [fields for _, fields in rows if len(fields) == width]
    top = next(index for index, (_, fields) in enumerate(rows) if len(fields) == width)
    if top and width > 2 and len(rows[top - 1][1]) == width - 1:
        ends_empty = not any(fields[-1] for fields in full)
        return top - 1 if ends_empty or not headers.is_header(full[0], full[1:]) else top
    told = [index for index, (_, fields) in enumerate(rows) if len(fields) == width and _told(fields)]
    if told and told[0] > top:  # a title padded with separators, as spreadsheets do
        rest = [fields for _, fields in rows[told[0] + 1 :] if len(fields) == width]
        return told[0] if headers.is_header(rows[told[0]][1], rest) else top
    return top


def _told(fields: list[str]) -> bool:
    """Whether a record has more than a title."""
    return sum(map(bool, fields)) >= min(len(fields), 2)


def _commented(sample: str, dialect: Dialect, width: int) -> tuple[int, list[str]] | None:
    """The last comment line before the table, if it has as many fields: it may be the header."""
    lines = sample.splitlines()
    found = None
    for line, text in enumerate(lines, 1):
        if dialect.comment and text.startswith(dialect.comment):
            fields = _records(text.lstrip(dialect.comment + " \t") + "\n", replace(dialect, comment=""))
            found = (line, fields[0][1]) if fields and len(fields[0][1]) == width else found
        elif text.strip():
            break
    return found


def _headed(
    rows: Rows, width: int, read: Read, commented: tuple[int, list[str]] | None
) -> tuple[tuple[int, list[str]] | None, Rows, bool]:
    """The header, of ``width`` fields or of one less; the other rows; whether their last field is none."""
    fields = [row for _, row in rows if len(row) == width]
    short = len(rows[0][1]) == width - 1 and width > 1
    body = [row for row in fields if row is not rows[0][1]]
    surplus = width > 1 and bool(body) and not any(row[-1] for row in body) and (short or not rows[0][1][-1])
    if short:
        head = (rows[0][0], rows[0][1] if surplus else ["", *rows[0][1]])  # R names no column of row names
        return head, rows[1:], surplus
    first = rows[0][1][: width - surplus]
    header = read.header
    if header is None:
        header = headers.is_header(first, [row[: width - surplus] for row in body])
        if not header and commented:
            return (commented[0], commented[1][: width - surplus]), rows, surplus
    return ((rows[0][0], first), rows[1:], surplus) if header else (None, rows, surplus)


def _names(head: tuple[int, list[str]] | None, width: int) -> Names:
    if head is None:
        return headers.numbered(width)
    try:
        return headers.named(head[1])
    except ValueError as error:
        raise ValueError(f"line {head[0]}: {error}") from None


def _numerals(columns: Sequence[list[str]], read: Read, dialect: Dialect) -> Numerals:
    decimal, thousands = numerals.guess(columns, dialect.separator)
    if read.decimal is not None:
        thousands = thousands if thousands != read.decimal else ""
    decimal = read.decimal or decimal
    thousands = read.thousands if read.thousands is not None else thousands
    return Numerals(decimal, thousands, read.missing)


def _said(dialect: Dialect, numbers: Numerals, header: int, before: Rows, surplus: bool) -> str:
    """One line about all that was guessed."""
    sign = SIGNS.get(dialect.separator, repr(dialect.separator))
    said = [f"separator {sign}", f"decimal {numbers.decimal!r}"]
    said += [f"thousands {numbers.thousands!r}"] if numbers.thousands else []
    said += [f"quote {dialect.quote!r}"] if dialect.quote != '"' else []
    said += [f"comments after {dialect.comment!r}"] if dialect.comment else []
    said += [f"header in line {header}"] if header else []
    said += [f"{counted(len(before), 'line')} before it left out"] if before else []
    said += ["the separator that ends each line left out"] if surplus else []
    return f"read with {', '.join(said)}; data.read sets what is wrong"
