"""The facts of a JSON object, held against what each must be: whoever reads a file back names the one that is wrong."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any], bool]
LONGEST = 80  # characters of a value that are shown


def wrong(values: Any, kinds: Mapping[str, Kind]) -> str | None:
    """What is wrong with the first of ``kinds`` that ``values`` lacks or has otherwise; None if nothing is.

    Facts that ``kinds`` does not name are left alone. Kinds are asked in their order, so that one may rely on those
    before it.
    """
    if not isinstance(values, dict):
        return f"found {shown(values)}, expected facts by name"
    for name, fits in kinds.items():
        if name not in values:
            return f"there is no {name}"
        if not fits(values[name]):
            return f"{name} is {shown(values[name])}"
    return None


def shown(value: Any) -> str:
    """A value as it stands in a JSON file, cut where it is long; what JSON can't write, as text."""
    return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST]


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    """A whole number; true and false are none, though Python counts with them."""
    return type(value) is int


def number(value: Any) -> bool:
    """A number; JSON as Python writes it has NaN and Infinity too."""
    return type(value) in (int, float)


def finite(value: Any) -> bool:
    return number(value) and abs(value) < math.inf


def mapping(value: Any) -> bool:
    return isinstance(value, dict)


def one_of(*allowed: str) -> Kind:
    return lambda value: isinstance(value, str) and value in allowed


def optional(kind: Kind) -> Kind:
    """``kind`` or null."""
    return lambda value: value is None or kind(value)


def list_of(kind: Kind, length: int | None = None) -> Kind:
    """A list of ``kind``, of any length unless one is given."""
    return lambda value: isinstance(value, list) and len(value) == (length or len(value)) and all(map(kind, value))


def mapping_of(kind: Kind) -> Kind:
    """Values of ``kind`` by name."""
    return lambda value: isinstance(value, dict) and all(map(kind, value.values()))


texts = list_of(text)
