"""params.yaml as typed values: the facts that the stages share."""

import dataclasses
import difflib
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.data.card import CLASSIFICATION, REGRESSION
from pipeline.errors import HoldoutError

# Names become folders and stages, so they hold nothing that could lead out of one.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
TASKS = (None, CLASSIFICATION, REGRESSION)


@dataclass(frozen=True)
class DataParams:
    """Which data: a bundled set by name, or ``file`` with the paths of files to be put one below the other."""

    source: str
    path: tuple[str, ...]
    labels: tuple[str, ...]
    target: str | None
    groups: str | None
    task: str | None


@dataclass(frozen=True)
class SplitParams:
    """ratio: training : validation : test."""

    ratio: tuple[float, float, float]
    seed: int
    stratify: bool


@dataclass(frozen=True)
class Params:
    data: DataParams
    split: SplitParams
    experiments: tuple[str, ...]


def load_params(path: Path = files.PARAMS) -> Params:
    """Read and check params.yaml; HoldoutError names the key, what was found and what is allowed."""
    values = files.read_params(path)
    _known(values, "", [field.name for field in dataclasses.fields(Params)])
    data = _section(values, "data", DataParams)
    split = _section(values, "split", SplitParams)
    return Params(_data(data), _split(split), _experiments(values["experiments"]))


def _known(values: dict[str, Any], prefix: str, allowed: list[str]) -> None:
    for key in values:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, 1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise HoldoutError(f"params.yaml: unknown key {prefix}{key}{hint} (allowed: {', '.join(allowed)})")
    for key in allowed:
        if key not in values:
            raise HoldoutError(f"params.yaml: the key {prefix}{key} is missing")


def _section(values: dict[str, Any], name: str, kind: type) -> dict[str, Any]:
    section = values[name]
    if not isinstance(section, dict):
        raise _wrong(name, section, "keys with values")
    _known(section, f"{name}.", [field.name for field in dataclasses.fields(kind)])
    return section


def _wrong(key: str, found: Any, allowed: str) -> HoldoutError:
    return HoldoutError(f"params.yaml: {key}: {found!r} is not allowed: it must be {allowed}")


def _texts(key: str, value: Any) -> tuple[str, ...]:
    """One file, several, or none."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) and item for item in items):
        raise _wrong(key, value, "a file's path or a list of them")
    return tuple(items)


def _text(key: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _wrong(key, value, "a name, in quotes if it is a number")
    return value


def _data(values: dict[str, Any]) -> DataParams:
    source = _text("data.source", values["source"])
    if source is None:
        raise _wrong("data.source", source, "the name of a bundled set, or file")
    if values["task"] not in TASKS:
        raise _wrong("data.task", values["task"], f"{CLASSIFICATION}, {REGRESSION} or null")
    return DataParams(
        source=source,
        path=_texts("data.path", values["path"]),
        labels=_texts("data.labels", values["labels"]),
        target=_text("data.target", values["target"]),
        groups=_text("data.groups", values["groups"]),
        task=values["task"],
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _split(values: dict[str, Any]) -> SplitParams:
    ratio, seed, stratify = values["ratio"], values["seed"], values["stratify"]
    if not isinstance(ratio, list) or len(ratio) != 3 or not all(_number(part) and part > 0 for part in ratio):
        raise _wrong("split.ratio", ratio, "three numbers above 0: training, validation, test")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise _wrong("split.seed", seed, "a whole number, 0 or more")
    if not isinstance(stratify, bool):
        raise _wrong("split.stratify", stratify, "true or false")
    return SplitParams((ratio[0], ratio[1], ratio[2]), seed, stratify)


def _experiments(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not values:
        raise _wrong("experiments", values, "a list with at least one name")
    for name in values:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise _wrong("experiments", name, "a name of lower-case letters, digits, - and _")
    if len(set(values)) != len(values):
        raise _wrong("experiments", values, "a list without repetitions")
    return tuple(values)
