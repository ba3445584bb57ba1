"""conf/ and the command line hold values only: nothing in them may name code that Hydra would load or run."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.fields import shown
from pipeline.storage import documents

OPTIONS = ("--multirun", "-m", "--cfg", "-c", "--resolve", "--info", "-i", "--help", "-h", "--hydra-help", "--version")
OF_SEARCHES = tuple(
    f"hydra.sweeper.{name}"
    for name in ("trials", "batch", "seed", "startup", "min_epochs", "reduction_factor", "brackets")
)
WORDS = (
    "hydra/launcher",
    "hydra.launcher.n_jobs",
    "hydra/sweeper",
    *OF_SEARCHES,
    "hydra.sweeper.draw",
    "hydra.mode",
    "hydra.verbose",
)
# Of Hydra's own settings, those that conf/ may hold; others load code: callbacks, logging handlers, search paths.
KEYS = ("mode", "sweeper", "launcher", "run", "sweep", "output_subdir", "job.chdir", "job.name")
OF_EXPERIMENTS = ("mode", "sweeper", "launcher")  # of these
DEEPEST = 20  # brackets within brackets
RETIRED = {"numerics": "is no setting any more, for every processor gives the same bits: remove it"}
EXPERIMENT = "experiment"  # the folder of conf/ whose files may set anything
GLOBAL = re.compile(r"^#\s*@package\s+_global_\s*$", re.MULTILINE)
PACKAGE = re.compile(r"^#\s*@package\s+(?!_global_\s*$)(.*)$", re.MULTILINE)


def check(words: Sequence[str], conf: Path) -> None:
    """Raise HoldoutError for a word of the command line, or a file in ``conf``, that is more than values."""
    for word in words:
        if fault := _fault(word):
            raise HoldoutError(f"{word[:200]}: {fault}")
    for path in sorted(conf.rglob("*")):
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(conf)):
            raise HoldoutError(f"{path} is a link that leads out of conf/: put the settings themselves there")
        if path.suffix == ".yaml":
            _check_file(path, conf)


def _fault(word: str) -> str | None:
    key, _, value = word.lstrip("+~").partition("=")
    if not key:
        return "is no setting, expected name=value"
    if key in RETIRED:
        return RETIRED[key]
    if key.startswith("-") and key not in OPTIONS:
        return f"this option of Hydra is not allowed, for it can load other settings or code; use {', '.join(OPTIONS)}"
    if key.startswith("hydra") and key not in WORDS:
        return f"this setting of Hydra is not allowed, for it can load code; allowed: {', '.join(WORDS)}"
    if key in OF_SEARCHES and not value.isdecimal():
        return "must be a whole number"
    if "_target_" in word or "@" in key:
        return "a setting is a value; it can't name code to run (_target_) or another place (@)"
    if value.startswith("/") or "../" in value:
        return "names of options have no folders in them"
    depth = 0
    for char in value:
        depth += (char in "[{(") - (char in "]})")
        if depth > DEEPEST:
            return f"has more than {DEEPEST} brackets within brackets"
    return None


def _check_file(path: Path, conf: Path) -> None:
    name, group = path.relative_to(conf.parent), path.parent.relative_to(conf).as_posix()
    values = documents.read_yaml(path)
    if found := PACKAGE.search(path.read_text(encoding="utf-8")):
        raise HoldoutError(f"{name}: @package is {found[1]}, allowed: _global_, or none")
    _check_effect(path, name, values)
    for key, value in _entries(values):
        if key in RETIRED:
            raise HoldoutError(f"{name}: {key} {RETIRED[key]}")
        if key == "_target_" or (isinstance(value, str) and "_target_" in value):
            raise HoldoutError(
                f"{name}: {key} is {shown(value)}, but settings are values; they can't name code to run (_target_)"
            )
    defaults = values.get("defaults")
    for entry in defaults if isinstance(defaults, list) else ():
        if "@" in str(entry) or ".." in str(entry):
            raise HoldoutError(f"{name}: defaults names {shown(entry)}, allowed: options in conf/, without @ and ..")
        searching = isinstance(entry, dict) and all(chooses(str(key), "hydra/sweeper") for key in entry)
        if group == EXPERIMENT and "hydra/" in str(entry) and not searching:
            way = "choose it on the command line (hydra/launcher=two_workers) or by HOLDOUT_LAUNCHER"
            raise HoldoutError(f"{name}: defaults names {shown(entry)}, which conf/config.yaml would set back: {way}")
    own = values.get("hydra") or {}
    if group.startswith("hydra"):  # Hydra puts what is in hydra/launcher/ under hydra.launcher
        own = {group.removeprefix("hydra").strip("/") or "?": values}
    for key in _hydra_keys(own):
        raise HoldoutError(f"{name}: hydra.{key} is not allowed, for it can load code; allowed: {', '.join(KEYS)}")
    if group == EXPERIMENT and (others := [key for key in own if key not in OF_EXPERIMENTS]):
        allowed = ", ".join(OF_EXPERIMENTS)
        raise HoldoutError(f"{name}: hydra.{others[0]} is for conf/config.yaml; an experiment may set {allowed}")


def _check_effect(path: Path, name: Path, values: Mapping[str, Any]) -> None:
    """Refuse what would be ignored: settings of other places in an option's file, and values that a sweep replaces."""
    if path.parent.name != EXPERIMENT:
        if GLOBAL.search(path.read_text(encoding="utf-8")):
            raise HoldoutError(
                f"{name}: @package _global_ is for conf/experiment/: what it sets here, conf/config.yaml would set back"
            )
        return
    for setting in _swept(values):
        if (found := _value(values, str(setting).lstrip("+~"))) is not None:
            raise HoldoutError(
                f"{name}: {setting} is {shown(found)} and is swept too (hydra.sweeper.params), which has the last "
                "word: remove one of the two"
            )


def chooses(key: str, group: str) -> bool:
    """Whether a key of a list of defaults, ``override /hydra/sweeper``, chooses an option of that group."""
    return key.removeprefix("override ").strip().lstrip("/") == group


def _swept(values: Mapping[str, Any]) -> list[str]:
    """The settings that a file sweeps, those too that are varied only with a choice."""
    found: Any = values.get("hydra")
    found = found.get("sweeper") if isinstance(found, dict) else None
    when = found.get("when") if isinstance(found, dict) else None
    sections = [found.get("params") if isinstance(found, dict) else None]
    sections += when.values() if isinstance(when, dict) else ()
    return [str(setting) for section in sections if isinstance(section, dict) for setting in section]


def _value(values: Any, setting: str) -> Any:
    """What a file sets under a dotted name; None for nothing, or for a section: a sweep may choose one by name."""
    for key in setting.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return None if isinstance(values, dict) else values


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    """All keys with their values, at any depth."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield key, inner
        if isinstance(inner, dict | list):
            yield from _entries(inner)


def _hydra_keys(section: Any) -> Iterator[str]:
    """The names in Hydra's own section that are not among KEYS."""
    if not isinstance(section, dict):
        section = {str(section): None}
    for name, value in section.items():
        names = [f"{name}.{inner}" for inner in value] if name == "job" and isinstance(value, dict) else [name]
        yield from (found for found in names if found not in KEYS)
