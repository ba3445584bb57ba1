"""Settings by names that aren't there, each with the one that is meant: ``optimizer.lr`` is optimizer.learning_rate."""

import dataclasses
import difflib
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pipeline.configuration import grid
from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.training.hyperparameters import Hyperparameters

OPTIONS = re.compile(r"[\w-]+(?:,[\w-]+)*")  # names of files in a folder of conf/, one or several
# What other libraries call them.
ELSEWHERE = {
    "lr": "learning_rate",
    "eta": "learning_rate",
    "units": "hidden",
    "layers": "hidden",
    "batch": "batch_size",
    "max_iter": "epochs",
    "sgd": "descent",
    "rmsprop": "adam",
    "early_stopping": "patience",
}
FEW = 3  # names that one may have meant


def _named(section: Any, prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted name, with its default; sections too."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(section):
        value, key = getattr(section, field.name), prefix + field.name
        found[key] = value
        if dataclasses.is_dataclass(value):
            found |= _named(value, f"{key}.")
    return found


SETTINGS = _named(Hyperparameters())
NAMES = tuple(
    key for key, value in SETTINGS.items() if isinstance(value, dict)
)  # below them stand a person's own names


def check(lines: Sequence[Sequence[str]], conf: Path) -> None:
    """Raise HoldoutError for a setting, or an option's file, that these command lines or their sweeps name wrongly."""
    groups = sorted(path.name for path in conf.iterdir() if path.is_dir() and path.name != "hydra")
    config = conf / "config.yaml"
    own = documents.read_yaml(config) if config.is_file() else {}
    known = [name for name in dict.fromkeys([*SETTINGS, *groups, *own]) if name not in ("defaults", "hydra")]
    for word, place in (pair for words in lines for pair in grid.overrides(words, conf)):
        key, _, value = word.lstrip("+~").partition("=")
        at = "" if place == grid.COMMAND_LINE else f"{place}: "
        if key.startswith("hydra"):  # plain.py says what is allowed of these
            continue
        key = _of_item(key)
        if key not in known and not key.startswith(tuple(f"{name}." for name in NAMES)):
            raise HoldoutError(f"{at}{key[:200]}: {hint(key, known)}")
        if key in groups and OPTIONS.fullmatch(value):
            _check_options(f"{at}{key}={value}", value.split(","), conf / key)


def _of_item(key: str) -> str:
    """The list's name for one of its items, ``network.hidden.0``; any other key as it is."""
    name, _, item = key.rpartition(".")
    return name if item.isdigit() and isinstance(SETTINGS.get(name), tuple) else key


def _check_options(said: str, names: Sequence[str], folder: Path) -> None:
    there = sorted(path.stem for path in folder.glob("*.yaml"))
    for name in names:
        if name not in there and name != "null":
            close = _alike(name, there)
            meant = f"did you mean {close[0]}? " if close else ""
            raise HoldoutError(f"{said}: {meant}{folder.parent.name}/{folder.name}/ has {', '.join(there)}")


def hint(key: str, known: Collection[str]) -> str:
    """What follows a name that is none of ``known``: those that may be meant, or all of its section."""
    if names := _meant(key, known):
        return f"there is no such setting; did you mean {' or '.join(names)}?"
    section = key.rpartition(".")[0]
    inside = [name.rpartition(".")[2] for name in known if section and name.rpartition(".")[0] == section]
    tops = sorted(name for name in known if "." not in name)
    allowed = f"{section} has {', '.join(inside)}" if inside else f"there are {', '.join(tops)}"
    return f"there is no such setting; {allowed}"


def _meant(key: str, known: Collection[str]) -> list[str]:
    """The names that ``key`` may stand for: of its own section, or else of any."""
    section, _, last = key.rpartition(".")
    words = {name: name.rpartition(".")[2] for name in known}
    inside = {name: word for name, word in words.items() if section and name.startswith(f"{section}.")}
    for names, by_likeness in ((inside, True), (words, not inside)):
        close = _alike(last, names.values()) if by_likeness else [last]
        if found := [name for name, word in names.items() if word in close]:
            alike = sorted(found, key=lambda name: -difflib.SequenceMatcher(None, name, key).ratio())
            return alike[: 1 if section else FEW]
    return []


def _alike(word: str, there: Collection[str]) -> list[str]:
    """The one of these words that is meant, if any is."""
    if ELSEWHERE.get(word) in there:
        return [ELSEWHERE[word]]
    return difflib.get_close_matches(word, list(there), n=1)


def example(key: str) -> Any:
    """A value that ``key``, or a list's item ``key[0]``, may have: its default, or None where that shows nothing."""
    name, _, inner = key.partition("[")
    value = SETTINGS.get(name)
    if isinstance(value, tuple):
        value = list(value) or None
        return value[0] if value and inner else value
    return value if isinstance(value, int | float | str) else None
