"""Delimited text, such as CSV: parsed by Arrow in blocks, on as many threads as there are processors."""

import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from pipeline.data import charset, checks, dialect, parsing, signs, sniffing
from pipeline.data.encoding import Unreadable
from pipeline.data.numerals import ALLOWED
from pipeline.data.parsing import Fault
from pipeline.data.source import FLOAT, Read
from pipeline.errors import HoldoutError

SAMPLE, LINES, FEW = 1 << 18, 2000, 20  # bytes and lines, at most, by which a layout is guessed; lines, at least
THREADS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)

Made = TypeVar("Made")


class Delimited:
    """A text file as a Source: its columns are text. See Source for the attributes and the methods."""

    def __init__(self, path: Path, read: Read) -> None:
        self.path, self.name = path, str(path)
        read = signs.checked(self.name, read)
        self.encoding = charset.known(path, read.encoding) if read.encoding else charset.guess(path)
        sample = self._sample()
        self.carriage = "\r" in sample and "\n" not in sample
        try:
            self.layout = sniffing.guess(sample.replace("\r", "\n") if self.carriage else sample, read)
        except ValueError as error:
            raise HoldoutError(f"{self.name}: {error}") from None
        self.nested: Mapping[str, str] = {}
        self.coded, self._fractions = frozenset[str](), set[str]()
        self.types: Mapping[str, pa.DataType] = dict.fromkeys(self.layout.names, pa.string())
        self.unnamed, self.index = self.layout.made_up, frozenset[str]()
        self.numerals = self.layout.numerals
        said = () if read.encoding or self.encoding in charset.UTF_8 else (f"read as {self.encoding} text",)
        self.notes = (*said, *self.layout.notes)

    def batches(self, forms: Mapping[str, str], rows: int | None = None) -> Iterator[pa.RecordBatch]:
        before = 0
        for made in _in_order(lambda block: self._parsed(block, forms), self._blocks()):
            if isinstance(made, Fault):
                raise self._refused(made, before)
            batch = made if rows is None else made.slice(0, rows - before)
            before += len(batch)
            if len(batch):
                yield batch
            if before == rows:
                return

    def _parsed(self, block: bytes, forms: Mapping[str, str]) -> Any:
        made = parsing.parse(block, self.layout, forms)
        known = self.coded | self._fractions
        unseen = [name for name, form in forms.items() if form == FLOAT and name not in known]
        if unseen and not isinstance(made, Fault):
            self.coded |= parsing.coded(block, self.layout, made, unseen, self._fractions)
        return made

    def place(self, row: int) -> str:
        return f"line {self._line(row)}"

    def elsewhere(self, name: str) -> str:
        if self.layout.header or self.layout.width == 1:
            return ""
        block = dialect.tidy(next(self._blocks(), b""), self.layout.dialect).decode()
        found = list(dialect.records(block, self.layout.dialect, self.layout.width))
        if not found or name not in found[0][1]:
            return ""
        again = [line + self.layout.start for line, fields in found[1:] if fields == found[0][1]]
        also = f", and remove line {again[0]}, which repeats it" if again else ""
        return f"line {self.layout.start + found[0][0]} holds it: set data.read.header: true{also}"

    def _sample(self) -> str:
        """The first lines, whole: so many that they are LINES, or SAMPLE bytes and FEW."""
        start, lines = b"", list[str]()
        for block in charset.blocks(self.path, self.encoding):
            start += block
            lines = io.StringIO(start.decode(errors="ignore"), newline="").readlines()
            if len(start) > dialect.MOST or (len(start) > SAMPLE and len(lines) > FEW):
                del lines[-1:]
                break
        if start and not lines:
            raise HoldoutError(f"{self.name}: no line ends in its first {len(start) >> 20} MiB, expected lines of text")
        sizes = accumulate(map(len, lines))
        return "".join(line for at, (line, size) in enumerate(zip(lines, sizes, strict=True)) if _within(at, size))

    def _text(self) -> Iterator[bytes]:
        """Blocks of the text, with line feeds at the ends of its lines."""
        blocks = charset.blocks(self.path, self.encoding)
        return (block.replace(b"\r", b"\n") for block in blocks) if self.carriage else blocks

    def _blocks(self) -> Iterator[bytes]:
        """Blocks of whole records, from the first row on."""
        try:
            yield from dialect.cut(_after(self._text(), self.layout.start), self.layout.dialect)
        except dialect.Unclosed as error:
            raise HoldoutError(
                f"{self.name}: line {self.layout.start + error.line}: an unclosed quote {self.layout.dialect.quote}; "
                "close it, or set data.read.quote to '' if quotes are but signs in this file"
            ) from None

    def _line(self, row: int) -> int:
        """The line, from 1, at which a row starts."""
        line, width = self.layout.start, self.layout.width
        for block in self._blocks():
            found = dialect.records(dialect.tidy(block, self.layout.dialect).decode(), self.layout.dialect, width)
            starts = [start for start, _ in found]
            if row < len(starts):
                return line + starts[row]
            row, line = row - len(starts), line + block.count(b"\n")
        return line

    def _refused(self, fault: Fault, before: int) -> HoldoutError:
        row = before + fault.row
        if fault.column:
            return Unreadable(row, fault.column, fault.value, ALLOWED)
        as_in = f"line {self.layout.header}" if self.layout.header else "most lines"
        return HoldoutError(
            f"{self.name}: {self.place(row)}: found {checks.counted(fault.fields, 'field')}, expected "
            f"{self.layout.width} as in {as_in}; look for a missing or extra {self.layout.dialect.separator!r} or "
            "quote, or set data.read.separator"
        )


def _within(line: int, size: int) -> bool:
    return line < FEW or (line < LINES and size < SAMPLE)


def _after(blocks: Iterable[bytes], lines: int) -> Iterator[bytes]:
    """The text after so many lines."""
    for block in blocks:
        while lines and (end := block.find(b"\n") + 1):
            block, lines = block[end:], lines - 1
        if not lines:
            yield block


def _in_order(work: Callable[[bytes], Made], blocks: Iterable[bytes]) -> Iterator[Made]:
    """What ``work`` makes of each block, in their order, some of them ahead."""
    ahead: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for block in blocks:
                ahead.append(pool.submit(work, block))
                if len(ahead) > THREADS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
