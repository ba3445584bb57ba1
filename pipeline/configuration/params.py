"""params.yaml as typed values: the facts that the stages share."""

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pipeline.configuration.choosing import SelectionParams, selection_of
from pipeline.configuration.project import USUAL, project_name
from pipeline.configuration.reading import columns_of, read_of
from pipeline.configuration.refusals import refusal, unknown
from pipeline.data.bundled import BUNDLED
from pipeline.data.source import Read
from pipeline.errors import HoldoutError
from pipeline.feed.schema import TASKS
from pipeline.storage import documents
from pipeline.storage.places import INSTALLED, PARAMS
from pipeline.storage.written import entry_of, value_at

FILE = "file"
EXPERIMENT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class DataParams:
    """Where the rows come from; see params.yaml. ``path`` and ``labels`` are empty when there is no such file."""

    source: str
    path: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    groups: str | None = None
    task: str | None = None
    read: Read = field(default_factory=Read)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SplitParams:
    """training : validation : test, and how rows are dealt to them; of training rows so many are used, None for all."""

    ratio: tuple[float, float, float] = (5, 1, 1)
    seed: int = 0
    stratify: bool = True
    training_rows: int | None = None


@dataclass(frozen=True)
class Params:
    data: DataParams
    split: SplitParams
    experiments: tuple[str, ...]
    project: str = USUAL
    selection: SelectionParams = field(default_factory=SelectionParams)
    trials_remote: str | None = None
    checks: Any = None  # as written: accepting.py reads it, for most stages don't know what can be accepted


def load_params(path: Path | None = None) -> Params:
    """Read and check params.yaml (``path``); raises HoldoutError naming the key, what was found and what is allowed."""
    where = str(path or PARAMS)
    values = documents.read_yaml(path or PARAMS)
    _known_keys(values, Params, where)
    return Params(
        data=_data(_section(values, "data", DataParams, where), where),
        split=_split(_section(values, "split", SplitParams, where), where),
        experiments=_experiments(values.get("experiments"), where),
        project=project_name(values.get("project"), where),
        selection=_selection(values, where),
        trials_remote=_remote(values.get("trials_remote"), where),
        checks=values.get("checks"),
    )


def _selection(values: Mapping[str, Any], where: str) -> SelectionParams:
    """May be left out."""
    if values.get("selection") is None:
        return SelectionParams()
    return selection_of(_section(values, "selection", SelectionParams, where), where)


def _remote(value: Any, where: str) -> str | None:
    """May be left out; what a URL may be says whoever opens it."""
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise refusal(where, "trials_remote", value, "a URL as s3://bucket/folder, a folder, or null")
    return value


def _known_keys(values: Mapping[Any, Any], known: type, where: str, prefix: str = "") -> None:
    names = [field.name for field in fields(known)]
    for key in values:
        if key not in names:
            raise unknown(where, prefix.rstrip("."), key, _hint(str(key), names, prefix))


def _hint(key: str, names: list[str], prefix: str) -> str:
    """The key that is meant, of this section or of another one that has it; else all of this section."""
    if close := difflib.get_close_matches(key, names, n=1):
        return f"did you mean {prefix}{close[0]}?"
    sections = {"data": DataParams, "split": SplitParams, "selection": SelectionParams}
    others = (name for name, kind in sections.items() if key in (field.name for field in fields(kind)))
    return next((f"did you mean {name}.{key}?" for name in others), f"allowed: {', '.join(names)}")


def _section(values: Mapping[str, Any], name: str, known: type, where: str) -> Mapping[str, Any]:
    if not isinstance(section := values.get(name), dict):
        raise refusal(where, name, section, f"a section with keys {', '.join(f.name for f in fields(known))}")
    _known_keys(section, known, where, f"{name}.")
    return section


def _data(section: Mapping[str, Any], where: str) -> DataParams:
    source, task = section.get("source"), section.get("task")
    if not isinstance(source, str) or source not in (*BUNDLED, FILE):
        close = difflib.get_close_matches(str(source), [*BUNDLED, FILE], n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise refusal(where, "data.source", source, f"{', '.join(BUNDLED)} or {FILE}{hint}")
    if task not in (None, *TASKS):
        raise refusal(where, "data.task", task, f"{', '.join(TASKS)} or null")
    path = _paths(section.get("path", PLACEHOLDER), "data.path", where)
    if source == FILE and not path:
        raise refusal(where, "data.path", section.get("path"), "the name of a file or folder, as data.source is file")
    labels = _paths(section.get("labels", PLACEHOLDER), "data.labels", where)
    named = section.get("target")
    several = named if isinstance(named, list) else [named] if named is not None else []
    target = tuple(str(_name(name, "data.target", where)) for name in several)
    if twice := next((name for name in target if target.count(name) > 1), None):
        raise HoldoutError(f"{where}: data.target names {twice!r} {target.count(twice)} times, allowed: once each")
    groups = _name(section.get("groups"), "data.groups", where)
    read, columns = read_of(section.get("read"), where), columns_of(section.get("columns"), where)
    return DataParams(source, path, labels if labels != path else (), target, groups, task, read, columns)


# DVC can't leave out a dependency, so params.yaml names this file where there is no file of the user's.
PLACEHOLDER = "pipeline/data/bundled.py"
PLACEHOLDERS = (PLACEHOLDER, str(INSTALLED / "prepare"))  # the second in a project that has no code of the program's


def _paths(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, str) or not value.strip():
        raise refusal(where, key, value, f"the name of a file or folder; where there is none, {_placeholder()}")
    return (value,) if value not in PLACEHOLDERS else ()


def _placeholder() -> str:
    """The one that is in this project."""
    return next((name for name in PLACEHOLDERS if Path(name).exists()), PLACEHOLDER)


def _name(value: Any, key: str, where: str) -> str | None:
    """The name of a column, a number as it is written: ``010`` is no 8."""
    if value is None and key != "data.target":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise refusal(where, key, value, "the name of a column, or null")
    if isinstance(value, str):
        return value
    written = entry_of(Path(where), value, *key.split(".")) or value_at(Path(where), *key.split("."))
    return written.text if written else str(value)


def _split(section: Mapping[str, Any], where: str) -> SplitParams:
    seed, stratify = section.get("seed", SplitParams.seed), section.get("stratify", True)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise refusal(where, "split.seed", seed, "a whole number, 0 or greater")
    if not isinstance(stratify, bool):
        raise refusal(where, "split.stratify", stratify, "true or false")
    rows = section.get("training_rows")
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1):
        raise refusal(where, "split.training_rows", rows, "a whole number, 1 or greater, or null for all training rows")
    return SplitParams(_ratio(section.get("ratio", list(SplitParams.ratio)), where), seed, stratify, rows)


def _ratio(value: Any, where: str) -> tuple[float, float, float]:
    def is_share(item: Any) -> bool:
        return isinstance(item, int | float) and not isinstance(item, bool) and 0 < item < sys.float_info.max

    if not isinstance(value, list) or len(value) != 3 or not all(map(is_share, value)):
        raise refusal(where, "split.ratio", value, "three positive numbers, training : validation : test, as [5, 1, 1]")
    return value[0], value[1], value[2]


def _experiments(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise refusal(where, "experiments", value, "a list of at least one name, as [baseline]")
    for name in value:
        if not isinstance(name, str) or not EXPERIMENT_NAME.fullmatch(name):
            raise refusal(where, "experiments", name, "names of a-z, 0-9, _ and -, not starting with _ or -")
        if value.count(name) > 1:
            raise HoldoutError(f"{where}: experiments names {name} {value.count(name)} times, allowed: once each")
    return tuple(value)
