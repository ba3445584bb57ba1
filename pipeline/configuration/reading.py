"""data.read and data.columns of params.yaml: how a file is read, and what its columns are, where the guess is wrong."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from pipeline.configuration.refusals import refusal, unknown
from pipeline.data.roles import FORMED, SET, TIME
from pipeline.data.source import Read
from pipeline.errors import HoldoutError
from pipeline.feed.schema import DATE


def _word(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _char(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1


def _answer(value: Any) -> bool:
    return isinstance(value, bool)


def _pixels(value: Any) -> bool:
    return type(value) is int and 0 < value <= 65536


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str | int | float) and not _answer(word) for word in value)


ALLOWED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "separator": (_char, "one character in quotes, as ';' or \"\\t\""),
    "decimal": (_char, "one character in quotes, '.' or ','"),
    "thousands": (_char, "one character in quotes"),
    "quote": (_char, "one character in quotes"),
    "comment": (_char, "one character in quotes, as '#'"),
    "encoding": (_word, "the name of an encoding, as utf-8, utf-16 or latin-1"),
    "header": (_answer, "true or false: whether the first line names the columns"),
    "missing": (_words, "a list of words (yes, no, true and false in quotes), as [NA, -999]"),
    "sheet": (_word, "the name of a sheet"),
    "height": (_pixels, "a whole number of pixels"),
    "width": (_pixels, "a whole number of pixels"),
    "gray": (_answer, "true or false"),
}


def read_of(section: Any, where: str) -> Read:
    """``data.read`` as typed values; HoldoutError names the key, what was found and what is allowed."""
    found = _mapping(section, f"{where}: data.read", ", ".join(ALLOWED))
    for key, value in found.items():
        if key not in ALLOWED:
            raise unknown(where, "data.read", key, _hint(str(key), list(ALLOWED)))
        fits, allowed = ALLOWED[key]
        if value is not None and not fits(value):
            raise refusal(where, f"data.read.{key}", value, f"{allowed}, or null")
    values: dict[str, Any] = {name.name: found.get(name.name) for name in fields(Read)}
    if values["missing"] is not None:
        values["missing"] = tuple(map(str, values["missing"]))
    return Read(**values)


def columns_of(section: Any, where: str) -> dict[str, str]:
    """``data.columns``: what is said of each column, by its name."""
    found = _mapping(section, f"{where}: data.columns", "names of columns, as {age: number, zip: category}")
    made = {}
    for name, word in found.items():
        if isinstance(name, bool) or name is None:
            shown = "null" if name is None else str(name).lower()
            raise HoldoutError(f"{where}: data.columns names {shown}, expected the name of a column: put it in quotes")
        kind, _, rest = str(word).partition(" ")
        if not isinstance(word, str) or kind not in SET or (rest and (kind not in FORMED or "%" not in rest)):
            raise HoldoutError(
                f"{where}: data.columns.{name} is {word!r}, allowed: {', '.join(SET)}, "
                f"or '{DATE} %d.%m.%Y' or '{TIME} %d.%m.%Y' ({_hint(str(kind), list(SET))})"
            )
        made[str(name)] = word
    return made


def _mapping(section: Any, place: str, allowed: str) -> Mapping[Any, Any]:
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise HoldoutError(f"{place} is {section!r}, allowed: {allowed}")
    return section


def _hint(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"allowed: {', '.join(known)}"
