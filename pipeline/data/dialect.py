"""How a text file is laid out: what parts its fields, what quotes them, what is a comment."""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SPACES = " "  # as a separator: any run of spaces and tabs


@dataclass(frozen=True)
class Dialect:
    """separator: one character, SPACES for runs of them; quote, comment: one character, or "" for none."""

    separator: str = ","
    quote: str = '"'
    comment: str = ""


def records(text: str, dialect: Dialect, columns: int = 2) -> Iterator[tuple[int, list[str]]]:
    """(line from 1, fields) of each record that is not blank; the text is tidy, and of so many columns."""
    stream = io.StringIO(text, newline="")
    if dialect.quote:
        reader = csv.reader(stream, delimiter=dialect.separator, quotechar=dialect.quote)
    else:
        reader = csv.reader(stream, delimiter=dialect.separator, quoting=csv.QUOTE_NONE)
    before, limit = 0, csv.field_size_limit(sys.maxsize)  # a long field is no fault here
    try:
        for fields in reader:
            if fields and (len(fields) > 1 or columns == 1 or fields[0].strip()):
                yield before + 1, [field.strip() for field in fields]
            before = reader.line_num
    finally:
        csv.field_size_limit(limit)


def tidy(block: bytes, dialect: Dialect) -> bytes:
    """Whole records without comments and without the spaces around separators that a parser minds.

    The number of lines stays the same.
    """
    separator, quote, comment = (sign.encode() for sign in (dialect.separator, dialect.quote, dialect.comment))
    quoted = _quoted(separator, quote) if quote and quote in block else rb"()(?!)"
    spaces = b" \t".replace(separator, b"")
    if dialect.separator == SPACES:
        block = re.sub(quoted + rb"|^[ \t]+|[ \t]+(?=\r?$)", rb"\1", block, flags=re.M)
        block = re.sub(quoted + rb"|[ \t]+", lambda found: found[1] or b" ", block, flags=re.M)
    elif quote and quote in block and any(separator + space + quote in block for space in (spaces[:1], spaces[-1:])):
        before = rb"(?<=" + re.escape(separator) + rb")[" + spaces + rb"]+(?=" + re.escape(quote) + rb")"
        block = re.sub(quoted + rb"|" + before, rb"\1", block, flags=re.M)
    if comment and comment in block:
        block = re.sub(quoted + rb"|^[ \t]*" + re.escape(comment) + rb"[^\r\n]*", rb"\1", block, flags=re.M)
    return block


def _quoted(separator: bytes, quote: bytes) -> bytes:
    """Regular expression of a field in quotes, its first group."""
    start, sign = rb"(?:(?<=" + re.escape(separator) + rb")|^)", re.escape(quote)
    return start + rb"(%b[^%b]*+(?:%b%b[^%b]*+)*+%b)" % ((sign,) * 6)


class Cutter:
    """Finds where a block of text can be cut.

    A line end inside quotes ends no record. Where the quotes before the last line end are even in number none is open;
    where they are odd, a quote may be open or just be a sign in a text, and the fields are looked at one by one.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.quote = dialect.quote.encode()
        separator = dialect.separator.encode() if dialect.separator != SPACES else b" \t"
        sign = re.escape(self.quote or b'"')
        start = rb"(?:^|(?<=[\n" + re.escape(separator) + rb"]))[ \t]*"
        self.field = re.compile(start + rb"%b[^%b]*+(?:%b%b[^%b]*+)*+(%b|\Z)" % ((sign,) * 6))

    def end(self, block: bytes) -> int:
        """Where the last whole record of ``block``, which starts with a record, ends; 0: nowhere."""
        last = block.rfind(b"\n") + 1
        opened = self.opened(block, last)
        return last if opened is None else block.rfind(b"\n", 0, opened + 1) + 1

    def opened(self, block: bytes, end: int) -> int | None:
        """Where the field starts whose quote is still open at ``end``; None: no quote is."""
        if not self.quote or block.count(self.quote, 0, end) % 2 == 0:
            return None
        return next((found.start() for found in self.field.finditer(block, 0, end) if not found[1]), None)


MOST = 16 << 20  # bytes in which a record must end


class Unclosed(Exception):
    """A quote that never closes; ``line`` of the text, from 1."""

    def __init__(self, line: int) -> None:
        self.line = line


def cut(blocks: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    """Blocks of whole records, from blocks cut anywhere; the last one may want a line end.

    Raises:
        Unclosed: a quote never closes.
    """
    cutter, rest, line = Cutter(dialect), b"", 1
    for block in blocks:
        rest += block
        end = cutter.end(rest)
        if end:
            yield rest[:end]
            line += rest.count(b"\n", 0, end)
            rest = rest[end:]
        if len(rest) > MOST:
            break
    if (opened := cutter.opened(rest, len(rest))) is not None or len(rest) > MOST:
        raise Unclosed(line + rest.count(b"\n", 0, opened or 0))
    if rest:
        yield rest
