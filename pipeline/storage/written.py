"""How a value stands in a YAML file, for messages: ``null`` and ``010`` are not what Python makes of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

LONGEST = 80  # characters of a value that are shown


class Written(NamedTuple):
    """A value's text, in one line, and the number of the line where it begins."""

    line: int
    text: str


def value_at(path: Path, *steps: str | int) -> Written | None:
    """The value under these keys and numbers of entries; None where there is none, or no such file."""
    text, node = _node(path, steps)
    return _written(node, text) if node is not None else None


def entry_of(path: Path, found: Any, *steps: str | int) -> Written | None:
    """The entry of the list under ``steps`` that Python reads as ``found``; None where that is no list."""
    text, node = _node(path, steps)
    entries = [_written(entry, text) for entry in node.value] if isinstance(node, yaml.SequenceNode) else []
    return next((entry for entry in entries if _reads_as(entry, found)), None)


def key_at(path: Path, name: Any, *steps: str | int) -> Written | None:
    """The key of a section, the one under ``steps``, that Python reads as ``name``: ``on`` is True."""
    text, node = _node(path, steps)
    keys = [_written(key, text) for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return next((key for key in keys if _reads_as(key, name)), None)


def _reads_as(written: Written, value: Any) -> bool:
    try:
        return bool(yaml.safe_load(written.text) == value)
    except (ValueError, yaml.YAMLError):  # cut where it was long
        return False


def _node(path: Path, steps: tuple[str | int, ...]) -> tuple[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return "", None
    for step in steps:
        node = next((inner for name, inner in _entries(node) if name == step), None)
    return text, node


def _entries(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


def _written(node: Any, text: str) -> Written:
    return Written(node.start_mark.line + 1, (_text(node, text) or "empty")[:LONGEST])


def _text(node: Any, text: str) -> str:
    """A list over several lines is shown in one, with brackets."""
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(_text(entry, text) for entry in node.value)}]"
    if isinstance(node, yaml.MappingNode):
        return f"{{{', '.join(f'{_text(key, text)}: {_text(value, text)}' for key, value in node.value)}}}"
    return " ".join(text[node.start_mark.index : node.end_mark.index].split())
