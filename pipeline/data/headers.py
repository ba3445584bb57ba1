"""What the columns of a table are called: by its first row, if that is a header."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.data.dataset import column_names
from pipeline.data.numerals import AMONG_NUMBERS, MINUS, MISSING

NUMBER = re.compile(rf"[+\-{MINUS}]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")
GAPS = {*MISSING, *AMONG_NUMBERS}
MADE_UP = re.compile(r"Unnamed: \d+|\.\.\.\d+|")  # pandas and R call columns so that have no name
YEARS = range(1800, 2200)
COUNTED = 8  # columns from which 0, 1, 2, … are taken for names


class Names(NamedTuple):
    """Of all columns; ``made_up``: of those that have no name in the file; notes: what a person should know."""

    names: tuple[str, ...]
    made_up: frozenset[str]
    notes: tuple[str, ...] = ()


def is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns of the others, which are as long.

    It does if it has text over numbers; not if it has numbers over numbers. Over text it does when its values are all
    different and come back in no row.
    """
    columns = list(zip(*rest, strict=True)) if rest else [()] * len(first)
    if _counts(first, columns):
        return True
    numeric = [_numeric(column) for column in columns]
    over = [name for name, number in zip(first, numeric, strict=True) if number and name not in GAPS]
    words = sum(not is_number(name) for name in over)
    if over:
        return words * 2 > len(over)
    named = [name for name in first if name]
    again = any(name and name in column for name, column in zip(first, columns, strict=True))
    return len(set(named)) == len(named) and not again and not any(map(is_number, named))


def is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


def _numeric(column: Sequence[str]) -> bool:
    values = [cell for cell in column if cell not in GAPS]
    return bool(values) and all(map(is_number, values))


def _counts(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a row counts: 0, 1, 2, … as pandas calls columns without names, or the years of a time series."""
    numbers = [int(name) for name in first if name.isdecimal() and len(name) < 10]
    others = [name for name in first if not name.isdecimal()]
    if not numbers or numbers != [*range(numbers[0], numbers[0] + len(numbers))] or any(map(is_number, others)):
        return False
    if numbers[0] == 0:
        return len(numbers) >= COUNTED
    below = [cell for name, column in zip(first, columns, strict=True) if name.isdecimal() for cell in column]
    years = numbers[0] in YEARS and len(numbers) > 1
    return years and not all(cell in GAPS or (cell.isdecimal() and int(cell) in YEARS) for cell in below)


def named(fields: Sequence[str]) -> Names:
    """Columns as a header has them; one without a name is called by its place.

    Raises:
        ValueError: two columns of one name.
    """
    names = list(fields)
    if (twice := repeated(names)) is not None:
        raise ValueError(f"column {twice!r} appears more than once; rename one of them")
    made_up, notes = set(), []
    for place, name in enumerate(names):
        if not name:
            names[place] = _free(f"column{place + 1}", names)
            notes.append(f"column {place + 1} has no name, and is called {names[place]}")
        if MADE_UP.fullmatch(name):
            made_up.add(names[place])
    return Names(tuple(names), frozenset(made_up), tuple(notes))


def repeated(names: Sequence[str]) -> str | None:
    """The first name that columns share."""
    return next((name for name, count in Counter(names).items() if name and count > 1), None)


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def numbered(width: int) -> Names:
    """Columns of a table without a header."""
    names = column_names(width)
    span = f"{names[0]} to {names[-1]}" if width > 1 else names[0]
    return Names(names, frozenset(), (f"no header was found, and the columns are called {span}",))
