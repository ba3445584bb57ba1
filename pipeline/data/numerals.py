"""How numbers are written, and which words stand for none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Words for a missing value in any column: those of pandas, and of databases.
MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null", "\\N", "(null)", "(NULL)",
)  # fmt: skip
# Beside them among numbers only, for they may be a level where a column holds text: what statistics programs and
# spreadsheets write.
AMONG_NUMBERS = (
    "?", "-", "--", "---", ".", "..", "…", "*", "na", "Na", "NAN", "Nan", "Null", "none", "NONE", "missing", "Missing",
    "#VALUE!", "#DIV/0!", "#REF!", "#NUM!", "#NAME?", "#NULL!",
)  # fmt: skip
ALLOWED = "finite numbers"
MINUS = "\u2212"  # beside that of ASCII
EXPONENT = rf"(?:[eE][+\-{MINUS}]?\d+)?"


@dataclass(frozen=True)
class Numerals:
    """decimal and thousands: the signs in numbers; missing: words for no value, None: the usual ones.

    typed: a file that has a way of its own to leave a value out, so that its texts are what they say.
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] | None = None
    typed: bool = False

    @property
    def gaps(self) -> tuple[str, ...]:
        """Words for no value in a column of text."""
        usual = ("",) if self.typed else MISSING
        return usual if self.missing is None else ("", *self.missing)

    @property
    def number_gaps(self) -> tuple[str, ...]:
        """Words for no value in a column of numbers."""
        return (*MISSING, *AMONG_NUMBERS) if self.missing is None else self.gaps

    @property
    def pattern(self) -> str:
        """Regular expression of a number."""
        point, mark = re.escape(self.decimal), re.escape(self.thousands)
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{mark}\d{{3}})+)" if self.thousands else r"\d+"
        return rf"^\s*[+\-{MINUS}]?(?:{whole}(?:{point}\d*)?|{point}\d+){EXPONENT}\s*$"


def present(values: Any, numerals: Numerals) -> Any:
    """Numbers (rows,) with null for those that stand for no value, however they are written: -999 or -999.0."""
    words = pa.array(numerals.missing or (), pa.string())
    plain = words.filter(pc.match_substring_regex(words, numerals.pattern))
    if not len(plain):
        return values
    return pc.if_else(pc.is_in(values, value_set=_plain(plain, numerals).cast(values.type)), None, values)


def parse(texts: Any, numerals: Numerals) -> tuple[Any, int | None]:
    """Text (rows,) as float64, null where a value is missing, and the first row that is no finite number, if any."""
    texts = pc.utf8_trim_whitespace(texts)
    texts = without(texts, numerals.number_gaps)
    fits = pc.fill_null(pc.match_substring_regex(texts, numerals.pattern), True)
    values = _plain(pc.if_else(fits, texts, None), numerals)
    good = pc.and_(fits, pc.fill_null(pc.is_finite(values), True)).to_numpy(zero_copy_only=False)
    return present(values, numerals), None if good.all() else int(np.argmin(good))


def _plain(texts: Any, numerals: Numerals) -> Any:
    """Text of numbers as float64."""
    if numerals.thousands:
        texts = pc.replace_substring(texts, numerals.thousands, "")
    if numerals.decimal != ".":
        texts = pc.replace_substring(texts, numerals.decimal, ".")
    return pc.replace_substring(texts, MINUS, "-").cast(pa.float64())


def rewritten(texts: Any, own: Numerals, other: Numerals) -> Any:
    """Text in which each number with a sign of ``own`` in it is written as ``other`` does."""
    if (own.decimal, own.thousands) in ((other.decimal, other.thousands), (other.decimal, "")):
        return texts
    fits = pc.match_substring_regex(texts, own.pattern)
    plain = pc.replace_substring(texts, own.thousands, "") if own.thousands else texts
    return pc.if_else(fits, pc.replace_substring(plain, own.decimal, other.decimal), texts)


def without(texts: Any, words: Iterable[str]) -> Any:
    """Text with null for the ``words``."""
    return pc.if_else(pc.is_in(texts, value_set=pa.array(list(words), pa.string())), None, texts)


MOSTLY = 0.8
MARKS = ("", ",", ".", "'", "’", " ", "\xa0", "\u202f")


def guess(columns: Iterable[list[str]], separator: str) -> tuple[str, str]:
    """The decimal sign and the thousands sign ("" for none) by which most columns, and cells, of a sample are numbers.

    1,234 everywhere can be read in two ways: as a fraction where the separator leaves commas free, as a semicolon
    or a tab does, else as a thousand.
    """
    found = [[cell for cell in column if cell not in MISSING and cell not in AMONG_NUMBERS] for column in columns]
    found = [column for column in found if column and _signs(column)]
    there = {sign for column in found for cell in column for sign in cell}
    second = [(",", ""), (".", ",")] if separator == ";" or "\t" in separator else [(".", ","), (",", "")]
    ways = [(".", ""), *second, *((decimal, mark) for decimal in ".," for mark in MARKS[2:] if decimal != mark)]
    ways = [way for way in ways if way == (".", "") or {sign for sign in way if sign} - {"."} <= there]
    return max(ways, key=lambda way: _explained(found, re.compile(Numerals(*way).pattern)))


def _signs(column: list[str]) -> bool:
    """Whether a column may be one of numbers, some of them with a sign in it."""
    digits = sum(cell[-1].isdigit() or cell[0].isdigit() for cell in column)
    return digits >= MOSTLY * len(column) and not all(map(str.isdecimal, column))


def _explained(columns: list[list[str]], pattern: re.Pattern[str]) -> tuple[int, int]:
    """Columns of numbers, but for slips; and all their cells that are numbers."""
    fits = [sum(pattern.match(cell) is not None for cell in column) for column in columns]
    return sum(fit >= MOSTLY * len(column) for fit, column in zip(fits, columns, strict=True)), sum(fits)


def notation(text: str, numerals: Numerals) -> str:
    """The settings by which a text is a number that by ``numerals`` is none; "" if there are none."""
    ways = ((",", ""), (".", ""), (".", ","), (",", ".")) if not re.match(numerals.pattern, text) else ()
    for decimal, mark in ways:
        if re.match(Numerals(decimal, mark).pattern, text):
            thousands = f" and data.read.thousands: {mark!r}" if mark else ""
            return f"data.read.decimal: {decimal!r}{thousands}"
    return ""
