"""What the values of settings may be: limits beside the fields of a dataclass, and one check for all doors."""

import dataclasses
import math
import numbers
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

WORDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "above": (lambda value, limit: value > limit, "greater than {}"),
    "least": (lambda value, limit: value >= limit, "at least {}"),
    "below": (lambda value, limit: value < limit, "less than {}"),
    "most": (lambda value, limit: value <= limit, "at most {}"),
    "choices": (lambda value, limit: value in limit, "one of {}"),
}
# The types of fields, and of the items of tuples and mappings.
TYPES: dict[tuple[Any, ...], tuple[type, str]] = {
    (int, tuple[int, ...]): (numbers.Integral, "a whole number"),
    (float, float | None, tuple[float, ...], dict[str, float]): (numbers.Real, "a number"),
    (str,): (str, "text"),
}


Option = TypeVar("Option", bound=Callable[..., Any])


def named(table: dict[str, Option]) -> Callable[[Option], Option]:
    """Decorator: a function that settings can name, in ``table`` under its own name."""

    def enter(option: Option) -> Option:
        table[option.__name__] = option
        return option

    return enter


class NotAllowed(ValueError):
    """A setting that can't be used; each door to the settings names the key in its own words.

    key: its dotted name, ``optimizer.learning_rate``; text: what follows the name in a message.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}{text}")
        self.key, self.text = key, text


def setting(default: Any, **limits: Any) -> Any:
    """A field with limits: above, least, below, most, choices; each holds for the items of a tuple or dict as well.

    only: a field of the same section and the values of it with which this one has an effect, ``{"name": ("step",)}``.
    """
    return dataclasses.field(default=default, metadata=limits)


def check(section: Any, prefix: str = "") -> None:
    """Hold each value of a dataclass, at any depth, against its type and limits.

    Raises:
        NotAllowed: names the first one that isn't allowed.
    """
    for field in dataclasses.fields(section):
        value, key = getattr(section, field.name), prefix + field.name
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            if not isinstance(value, field.type):
                raise NotAllowed(key, f"={value} is not allowed: it must be of the type {field.type.__name__}")
            check(value, f"{key}.")
        elif value is not None or field.type != float | None:
            _check_field(key, value, field)


def check_effects(section: Any, prefix: str = "") -> None:
    """Refuse what has no effect beside the other values of its section, if it is not what it is by default.

    Raises:
        NotAllowed: names the first one, and the values with which it has an effect.
    """
    for field in dataclasses.fields(section):
        value, key = getattr(section, field.name), prefix + field.name
        if dataclasses.is_dataclass(value):
            check_effects(value, f"{key}.")
        elif value != field.default:
            for other, options in field.metadata.get("only", {}).items():
                if (found := getattr(section, other)) not in options:
                    needs = f"it is for {' and '.join(options)}"
                    raise NotAllowed(key, f"={value} has no effect with {prefix}{other}={found}: {needs}")


def _check_field(key: str, value: Any, field: "dataclasses.Field[Any]") -> None:
    for name, item in _items(key, value, typing.get_origin(field.type)):
        _check_type(name, item, field.type)
        _check_value(name, item, field.metadata)


def _items(key: str, value: Any, kind: Any) -> list[tuple[str, Any]]:
    """Each value with its key: the items of a tuple under the field's, those of a mapping under their own."""
    if kind is tuple:
        if not isinstance(value, tuple):
            raise NotAllowed(key, f"={value} is not allowed: it must be a list")
        return [(key, item) for item in value]
    if kind is dict:
        if not isinstance(value, Mapping):
            raise NotAllowed(key, f"={value} is not allowed: it must be a value for each name, as {{a: 1, b: 2}}")
        return [(f"{key}.{name}", item) for name, item in value.items()]
    return [(key, value)]


def _check_type(key: str, value: Any, kind: Any) -> None:
    for kinds, (wanted, words) in TYPES.items():
        if kind in kinds and (not isinstance(value, wanted) or isinstance(value, bool)):
            raise NotAllowed(key, f"={value} is not allowed: it must be {words}")


def _check_value(key: str, value: Any, limits: Any) -> None:
    if isinstance(value, numbers.Real) and not math.isfinite(value):
        raise NotAllowed(key, f"={value} is not allowed: it must be a finite number")
    limits = {name: limit for name, limit in limits.items() if name in WORDS}
    if not all(WORDS[name][0](value, limit) for name, limit in limits.items()):
        texts = (WORDS[name][1].format(_listed(limit)) for name, limit in limits.items())
        raise NotAllowed(key, f"={value} is not allowed: it must be {' and '.join(texts)}")


def _listed(limit: Any) -> str:
    return str(limit) if isinstance(limit, int | float) else ", ".join(limit)
