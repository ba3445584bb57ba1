"""Text, JSON and YAML files as plain values: written whole or not at all, read with the reason why they can't be."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pipeline.errors import HoldoutError
from pipeline.fields import shown
from pipeline.storage import atomic

Found = TypeVar("Found")
MOST_VALUES = 10_000  # in a YAML file


def write_text(path: Path, text: str) -> None:
    with atomic.replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    write_text(path, as_json(value))


def as_json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def read_json(path: Path) -> Any:
    return reading(path, lambda: json.loads(path.read_text(encoding="utf-8")))


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object, for who takes what is there; empty if the file is missing, half there or something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def check_kind(path: Path) -> None:
    """Refuse a device, a pipe or a folder in place of a file: reading one may never end."""
    if path.exists() and not path.is_file():
        raise HoldoutError(f"{path} is no file, but a folder, a device or a pipe: delete it")


def reading(path: Path, read: Callable[[], Found]) -> Found:
    """What ``read`` finds in the file ``path``; HoldoutError says why it can't be read, and what to do."""
    check_kind(path)
    try:
        return read()
    except FileNotFoundError:
        raise HoldoutError(f"{path} is missing: run `dvc repro` to make it") from None
    except PermissionError:
        raise  # run_stage says it
    except (HoldoutError, OSError, EOFError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error).removeprefix(f"{path}: ")
        raise HoldoutError(f"{path} can't be read ({reason}): delete it and run `dvc repro`") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file as plain values (safe_load only)."""
    check_kind(path)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HoldoutError(f"{path} is missing: run this in the project's folder") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise HoldoutError(f"{path} is not readable YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise HoldoutError(f"{path}: found {_in_words(values)}, expected keys with values")
    _check_plain(path, values)
    return values


def _in_words(value: Any) -> str:
    return "nothing" if value is None else "a list" if isinstance(value, list) else shown(value)


def _check_plain(path: Path, values: dict[str, Any]) -> None:
    """Refuse more than MOST_VALUES, for aliases can stand for more than memory holds, and control characters."""
    rest: list[Any] = [values]
    for count in itertools.count(1):
        if not rest:
            return
        value = rest.pop()
        if count > MOST_VALUES:
            raise HoldoutError(f"{path}: holds more than {MOST_VALUES} values, aliases counted each time; write fewer")
        if isinstance(value, dict):
            rest += [*value, *value.values()]
        elif isinstance(value, list | tuple | set):
            rest += value
        elif isinstance(value, str) and not value.replace("\n", "").isprintable():
            raise HoldoutError(f"{path}: found {value[:80]!r}, allowed: text without control characters")
