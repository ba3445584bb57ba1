"""What dvc.yaml declares for a stage: just enough of DVC's templating to name its deps and outs."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import HoldoutError

NAME = re.compile(r"\$\{\s*([^}]+?)\s*\}")
OUTS = ("outs", "metrics", "plots")


def declared(stage: str, path: Path, params: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The deps and the outs of ``stage`` (``select``, ``train@momentum``), as written with every ``${…}`` filled in.

    ``train`` alone, when it is a foreach stage, gives what doesn't depend on the item.

    Raises:
        HoldoutError: dvc.yaml is missing or unreadable, or has no such stage.
    """
    try:
        values = _parsed(path.read_text(encoding="utf-8"))
        stages = values["stages"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        raise HoldoutError(f"{path.name} can't be read ({' '.join(str(error).split())}): restore it") from None
    group, _, key = stage.partition("@")
    if group not in stages:
        raise HoldoutError(f"{path.name} has no stage {group!r}; it has {', '.join(stages)}")
    entry, context = stages[group], dict(params)
    if key:
        items = list(map(str, _value(entry.get("foreach", []), params)))
        if key not in items:
            raise HoldoutError(f"{path.name} has no stage {stage!r}; {group} has {', '.join(items) or 'no items'}")
        context["item"] = key
    body = entry.get("do", entry)
    return _paths(body.get("deps"), context), _paths(_chain(body, OUTS), context)


def names(path: Path) -> list[str]:
    """The stages of dvc.yaml, in its order; HoldoutError if it can't be read."""
    try:
        return list(_parsed(path.read_text(encoding="utf-8"))["stages"])
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        raise HoldoutError(f"{path.name} can't be read ({' '.join(str(error).split())}): restore it") from None


def _parsed(text: str) -> Any:
    """As ``yaml.safe_load``, by its parser in C where there is one: every stage waits for this."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _chain(body: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [path for name in names for path in body.get(name) or ()]


def _value(value: Any, context: Mapping[str, Any]) -> Any:
    """A value that may be one ``${name}`` as a whole."""
    whole = NAME.fullmatch(value) if isinstance(value, str) else None
    return _look_up(whole[1], context) if whole else value


def _look_up(name: str, context: Mapping[str, Any]) -> Any:
    value: Any = context
    for step in re.findall(r"[^.\[\]]+", name):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _paths(entries: Iterable[Any] | None, context: Mapping[str, Any]) -> list[str]:
    """The entries' paths; those that name an unbound item are left out."""
    found = []
    for entry in entries or ():
        text = next(iter(entry)) if isinstance(entry, dict) else entry
        try:
            value = _value(text, context)
            whole = value if isinstance(value, list) else [value]
            found += [NAME.sub(lambda match: str(_look_up(match[1], context)), str(part)) for part in whole]
        except (KeyError, IndexError, TypeError):
            continue
    return found
