"""An experiment that leaves it to the data which others are run: its file names some for tables and some for images."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.configuration.refusals import refusal, unknown
from pipeline.errors import HoldoutError
from pipeline.feed.schema import Schema
from pipeline.storage import documents

KEY = "experiments"
TABLES, IMAGES = "tables", "images"
WORD = "experiment="


def lines(words: Sequence[str], conf: Path, schema: Callable[[], Schema]) -> list[tuple[str, list[str]]]:
    """The command lines that ``words`` stand for, each with the name of its experiment; the empty one for none.

    They are several where the experiment's file leaves the choice to the data, whose schema is read only then.

    Raises:
        HoldoutError: the file names what is no experiment or not in dvc.yaml, or none for these data.
    """
    named = [word.removeprefix(WORD) for word in words if word.startswith(WORD)][-1:]
    found = candidates(named[0], conf) if named else {}
    if not found:
        return [("".join(named), list(words))]
    kind = IMAGES if schema().image_shape else TABLES  # plain numbers that are no pixels are a table's
    if kind not in found:
        raise HoldoutError(f"{_path(named[0], conf)}: {KEY} has no {kind}, and these data are {kind}: name some")
    return [(name, [f"{WORD}{name}" if word.startswith(WORD) else word for word in words]) for name in found[kind]]


def candidates(name: str, conf: Path) -> Mapping[str, Sequence[str]]:
    """By kind of data, the experiments that ``name`` chooses among; none where it is a sweep of its own."""
    values = _read(name, conf)
    if KEY not in values:
        return {}
    where = str(_path(name, conf))
    if others := [key for key in values if key != KEY]:
        raise unknown(where, "", others[0], f"a file that names {KEY} holds nothing else: set it in theirs")
    section = values[KEY]
    if not isinstance(section, dict) or not section:
        raise refusal(where, KEY, section, f"lists of experiments by kind of data, {TABLES} and {IMAGES}")
    for kind in section:
        if kind not in (TABLES, IMAGES):
            raise unknown(where, KEY, kind, f"allowed: {TABLES}, {IMAGES}")
    return {kind: _names(section[kind], f"{KEY}.{kind}", where, conf) for kind in section}


def _names(found: Any, key: str, where: str, conf: Path) -> list[str]:
    known = [path.stem for path in sorted((conf / "experiment").glob("*.yaml")) if KEY not in _read(path.stem, conf)]
    allowed = f"a list of names of other files in conf/experiment, each once: {', '.join(known)}"
    if not isinstance(found, list) or not found:
        raise refusal(where, key, found, allowed)
    for name in found:
        if name not in known or found.count(name) > 1:
            raise refusal(where, key, name, allowed)
        if not _tracked(file := f"{conf.name}/experiment/{name}.yaml"):
            missing = f"{key} names {name}, but dvc.yaml would see no change of {file}"
            raise HoldoutError(f"{where}: {missing}: add the line `- {file}:` to the params of its stage train")
    return found


def _tracked(file: str) -> bool:
    """Whether dvc.yaml names the file, on which the stage then depends; true where there is no dvc.yaml."""
    stages = Path("dvc.yaml")
    return not stages.is_file() or f"- {file}:" in stages.read_text(encoding="utf-8")


def _path(name: str, conf: Path) -> Path:
    return conf / f"experiment/{name}.yaml"


def _read(name: str, conf: Path) -> dict[str, Any]:
    """The file of an experiment; nothing where there is none, for Hydra says better what is missing."""
    path = _path(name, conf)
    return documents.read_yaml(path) if EXPERIMENT_NAME.fullmatch(name) and path.is_file() else {}
