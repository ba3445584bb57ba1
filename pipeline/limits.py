"""What the values of settings may be: limits beside the fields of a dataclass, and one check for all doors."""

import dataclasses
import math
import numbers
from collections.abc import Callable
from typing import Any

WORDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "above": (lambda value, limit: value > limit, "greater than {}"),
    "least": (lambda value, limit: value >= limit, "at least {}"),
    "below": (lambda value, limit: value < limit, "less than {}"),
    "most": (lambda value, limit: value <= limit, "at most {}"),
    "choices": (lambda value, limit: value in limit, "one of {}"),
}
# The types of fields, and of the items of tuples.
TYPES: dict[tuple[Any, ...], tuple[type, str]] = {
    (int, tuple[int, ...]): (numbers.Integral, "a whole number"),
    (float, float | None, tuple[float, ...]): (numbers.Real, "a number"),
    (str,): (str, "text"),
}


class NotAllowed(ValueError):
    """A setting that can't be used; each door to the settings names the key in its own words.

    key: its dotted name, ``optimizer.learning_rate``; text: what follows the name in a message.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}{text}")
        self.key, self.text = key, text


def setting(default: Any, **limits: Any) -> Any:
    """A field with limits: above, least, below, most, choices; each holds for the items of a tuple as well."""
    return dataclasses.field(default=default, metadata=limits)


def check(section: Any, prefix: str = "") -> None:
    """Hold each value of a dataclass, at any depth, against its limits; None is no value.

    Raises:
        NotAllowed: names the first one that isn't allowed.
    """
    for field in dataclasses.fields(section):
        value, key = getattr(section, field.name), prefix + field.name
        if dataclasses.is_dataclass(value):
            check(value, f"{key}.")
        for item in value if isinstance(value, tuple) else [value]:
            if item is not None:
                _check_type(key, item, field.type)
                _check_value(key, item, field.metadata)


def _check_type(key: str, value: Any, kind: Any) -> None:
    for kinds, (wanted, words) in TYPES.items():
        if kind in kinds and (not isinstance(value, wanted) or isinstance(value, bool)):
            raise NotAllowed(key, f"={value} is not allowed: it must be {words}")


def _check_value(key: str, value: Any, limits: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise NotAllowed(key, f"={value} is not allowed: it must be a finite number")
    if not all(WORDS[name][0](value, limit) for name, limit in limits.items()):
        texts = (WORDS[name][1].format(_listed(limit)) for name, limit in limits.items())
        raise NotAllowed(key, f"={value} is not allowed: it must be {' and '.join(texts)}")


def _listed(limit: Any) -> str:
    return str(limit) if isinstance(limit, int | float) else ", ".join(limit)
