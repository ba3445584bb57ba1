"""What is wrong in params.yaml, as it stands there: with its line, and the value as the person wrote it."""

from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage.written import Written, entry_of, key_at, value_at


def refusal(where: str, key: str, found: Any, allowed: str) -> HoldoutError:
    """The error that the value ``found`` of the dotted ``key``, or one entry of a list there, is not ``allowed``."""
    steps = key.split(".")
    written = entry_of(Path(where), found, *steps) or value_at(Path(where), *steps)
    if written is None:
        return HoldoutError(f"{where}: {key} is missing, allowed: {allowed}")
    return HoldoutError(f"{_place(where, written)}: {key} is {written.text}, allowed: {allowed}")


def unknown(where: str, section: str, name: Any, hint: str) -> HoldoutError:
    """The error that a section (``data.read``; empty: the file) has a key ``name``."""
    written = key_at(Path(where), name, *filter(None, section.split(".")))
    shown = written.text if written else str(name)
    return HoldoutError(f"{_place(where, written)}: unknown key {f'{section}.' if section else ''}{shown}, {hint}")


def _place(where: str, written: Written | None) -> str:
    return f"{where}: line {written.line}" if written else where
