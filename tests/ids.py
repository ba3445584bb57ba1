"""Names for the values of parametrized tests: what is in them, where pytest would number them."""

import dataclasses
import functools
import re
from enum import Enum
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd

LONGEST = 60  # characters
FEW = 10  # values of an array that are written out


def name(value: Any) -> str | None:
    """The id of a value; None for those that pytest names well."""
    if value is None or isinstance(value, (str, bytes, int, float, complex, Enum, re.Pattern)):
        return None
    text = _said(value)
    if " at 0x" in text:  # an address, which differs between workers
        return None
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _said(value: Any) -> str:
    if value is None or isinstance(value, (str, bytes, int, float, np.generic)):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(f"{_said(key)}={_said(item)}" for key, item in value.items()) or "{}"
    if isinstance(value, pd.DataFrame):
        return _said(value.to_dict("list"))
    if isinstance(value, np.ndarray):
        return _said(value.tolist()) if value.size <= FEW else f"{value.dtype}{value.shape}"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_said, value))})"
    if isinstance(value, functools.partial):
        return _said(value.func)
    if callable(value):
        return str(value.__name__) if value.__name__ != "<lambda>" else _words(value.__code__)
    if dataclasses.is_dataclass(value):
        given = _given(value)
        return f"{type(value).__name__}({_said(given) if given else ''})"
    return type(value).__name__


def _words(code: CodeType) -> str:
    """A lambda by the names and constants in it."""
    constants = (item for item in code.co_consts if item is not None and not isinstance(item, CodeType))
    return " ".join([*code.co_names, *map(str, constants)])


def _given(value: Any) -> dict[str, object]:
    """The fields of a dataclass that don't have their default."""
    found = {field.name: (getattr(value, field.name), field.default) for field in dataclasses.fields(value)}
    return {field: item for field, (item, default) in found.items() if not _equal(item, default)}


def _equal(one: object, other: object) -> bool:
    return type(one) is type(other) and bool(np.all(one == other))
