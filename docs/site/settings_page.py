"""The reference of settings, made from the typed schema: names, types, defaults, ranges, and the files of conf/."""

import dataclasses
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.estimators.parameters import KEYS
from pipeline.estimators.wording import TEXTS, prose, told
from pipeline.limits import WORDS
from pipeline.nn.activations import ACTIVATIONS, OUTPUT_ONLY
from pipeline.training.hyperparameters import Hyperparameters

HEAD = """# Settings
All that a trial may vary. Any of them can be set on the command line, `python -m pipeline.stages.train
optimizer.learning_rate=0.03`, swept with `--multirun`, or set in a file of conf/experiment. `optimizer=momentum` takes
all values of a file at once. A value out of its range is refused by name before anything is trained.

This page is made from the [schema](pipeline/training/hyperparameters.py) that checks the values.
"""
SEED = """## seed
`seed`, a whole number, at least 0 (1): of the initial weights, the order of the rows, dropout and distortions.
"""
COLUMNS = "| setting | what it is | allowed | default |\n|---|---|---|---|\n"
PARAMETERS = {dotted: TEXTS[name] for name, dotted in KEYS.items() if name in TEXTS}
# Of settings whose names are parsed, and no choices of the schema.
NAMES = {
    "network.activation": [name for name in ACTIVATIONS if name not in OUTPUT_ONLY],
    "network.output": ["auto", *ACTIVATIONS],
}
KINDS = {"int": "whole number", "float": "number", "str": "text", "float | None": "number or null"}


def settings_page(root: Path) -> str:
    """Markdown: a section for each group of settings."""
    groups = [field for field in dataclasses.fields(Hyperparameters) if dataclasses.is_dataclass(field.type)]
    sections = "\n".join(_section(field.name, field.type, root / "conf" / field.name) for field in groups)
    return f"{HEAD}\n{sections}\n{SEED}"


def _section(name: str, group: Any, folder: Path) -> str:
    return f"## {name}\n{prose(group)}\n\n{_table(name, group)}\n{_files(name, folder)}\n"


def _table(name: str, group: Any) -> str:
    rows = "".join(f"| {' | '.join(_row(name, group, field))} |\n" for field in dataclasses.fields(group))
    return f"{COLUMNS}{rows}"


def _row(name: str, group: Any, field: Any) -> Iterator[str]:
    """A line of the table: name, meaning, kind and range, default."""
    key = f"{name}.{field.name}"
    yield f"`{key}`"
    yield _cell(told(group, field.name) or PARAMETERS.get(key, ""))
    yield "; ".join(_limits(key, field))
    yield f"`{_written(field.default)}`"


def _limits(key: str, field: Any) -> Iterator[str]:
    limits = {name: limit for name, limit in field.metadata.items() if name in WORDS}
    if key in NAMES:
        limits = {"choices": NAMES[key]}
    words = " and ".join(WORDS[name][1].format(_allowed(limit)) for name, limit in limits.items())
    yield words if "choices" in limits else f"{_kind(field.type)} {words}".strip()
    section = key.rpartition(".")[0]
    for other, values in field.metadata.get("only", {}).items():
        yield f"only with {section}.{other}={' or '.join(values)}"


def _cell(text: str) -> str:
    """Text that is no markup, in a table."""
    return "".join(f"\\{sign}" if sign in "|*<[$" else sign for sign in text)


def _kind(kind: Any) -> str:
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        return f"list of {_kind(arguments[0])}s"
    if typing.get_origin(kind) is dict:
        return f"{_kind(arguments[1])} by name"
    return KINDS[kind.__name__ if isinstance(kind, type) else str(kind)]


def _written(value: Any) -> str:
    """As one writes it in YAML."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(str, value))}]"
    if value is dataclasses.MISSING:
        return "{}"
    return "null" if value is None else str(value)


def _allowed(limit: Any) -> str:
    return str(limit) if isinstance(limit, int | float) else ", ".join(f"`{name}`" for name in limit)


def _files(name: str, folder: Path) -> str:
    """The files of conf/ that set this group, with their first comment and what they set."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        return ""
    rows = "".join(
        f"| [`{name}={path.stem}`](conf/{name}/{path.name}) | {_says(path)} | {_sets(path)} |\n" for path in files
    )
    return f"| file | what it is | sets |\n|---|---|---|\n{rows}"


def _says(path: Path) -> str:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return _cell(first.removeprefix("#").strip()) if first.startswith("#") else ""


def _sets(path: Path) -> str:
    values = {
        key: value for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items() if key != "defaults"
    }
    return ", ".join(f"`{key}: {_written(value)}`" for key, value in values.items())
