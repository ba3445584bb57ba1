"""The size of a sweep, counted before Hydra writes all its jobs out."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.configuration.plain import chooses
from pipeline.configuration.sweeper import BASIC, GROUP, Sweeper
from pipeline.errors import HoldoutError
from pipeline.storage import documents

COMMAND_LINE = "the command line"
FIELDS = {field.name for field in dataclasses.fields(Sweeper)} - {"params"}  # of a search only
MOST = 10_000  # jobs; composing their settings alone takes minutes


def check(lines: Sequence[Sequence[str]], conf: Path) -> None:
    """Raise HoldoutError if the command lines and the experiments that they name make more than ``MOST`` jobs in all.

    A sweep that stands elsewhere in conf/ than in config.yaml and in experiments is not counted, nor is a search, which
    is told how many trials it has.
    """
    grids = [words for words in lines if sweeper(words, conf) == BASIC]
    _refuse_search(grids, conf)
    counted = [_jobs(words, conf) for words in grids] or [{}]
    total = sum(math.prod(count for count, _ in found.values()) for found in counted)
    if not total <= MOST:
        found = max(counted, key=lambda found: math.prod(count for count, _ in found.values()))
        name = max(found, key=lambda name: found[name][0])
        count, place = found[name]
        raise HoldoutError(
            f"the sweep has {_in_words(total)} jobs, for {name} has {_in_words(count)} values ({place}); "
            f"at most {MOST:,} jobs are allowed: name fewer values"
        )


def _jobs(words: Sequence[str], conf: Path) -> dict[str, tuple[float, str]]:
    """By setting, how many values it takes in turn, and where they stand; the jobs are the product."""
    sources = overrides(words, conf)
    parsed = OverridesParser.create().parse_overrides([word for word, _ in sources])
    # A later word takes an earlier one's place.
    return {one.get_key_element(): (_count(one), place) for one, (_, place) in zip(parsed, sources, strict=True)}


def sweeper(words: Sequence[str], conf: Path) -> str:
    """The name of the sweeper that a command line, or else its experiment, chooses."""
    named: list[str] = get_args_parser().parse_args(list(words)).overrides
    found = [value for name, _, value in (word.partition("=") for word in named) if name == GROUP]
    for file in reversed(_files(named, conf)):  # of config.yaml the last: what it chooses wins
        for entry in _defaults(file, conf):
            if isinstance(entry, dict):
                found = [str(value) for key, value in entry.items() if chooses(str(key), GROUP)] + found
    return (found or [BASIC])[-1]


def _refuse_search(grids: Sequence[Sequence[str]], conf: Path) -> None:
    """Raise HoldoutError for what a grid's files say of a search."""
    for words in grids:
        for file in _files(get_args_parser().parse_args(list(words)).overrides, conf):
            section = _sweeper(_read(conf / file))
            if strange := [name for name in section if name in FIELDS]:
                way = "choose one in its defaults, as `override /hydra/sweeper: random`"
                raise HoldoutError(
                    f"conf/{file}: hydra.sweeper.{strange[0]} is for a search, and this is a grid: {way}"
                )


def _sweeper(found: Any) -> dict[str, Any]:
    for name in ("hydra", "sweeper"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def overrides(words: Sequence[str], conf: Path) -> list[tuple[str, str]]:
    """The settings that a command line names, after those of the sweeps that it stands for; each with its place."""
    named = get_args_parser().parse_args(list(words)).overrides
    return [*_of_files(named, conf), *((word, COMMAND_LINE) for word in named)]


def _of_files(words: Sequence[str], conf: Path) -> list[tuple[str, str]]:
    """The sweeps that the configuration and the experiment hold, as words, each with its file."""
    return [(word, f"conf/{file}") for file in _files(words, conf) for word in _params(_read(conf / file))]


def _files(words: Sequence[str], conf: Path) -> list[str]:
    """The files in conf whose sweeps these words stand for, the one that wins last."""
    experiments = [word.partition("=")[2] for word in words if word.startswith("experiment=")]
    return ["config.yaml", *with_bases(experiments[-1:], conf)]


def with_bases(experiments: list[str], conf: Path) -> list[str]:
    """The files of these experiments in conf, those that their ``defaults`` name before them."""
    found: list[str] = []
    while experiments:
        name = experiments.pop()
        file = f"experiment/{name}.yaml"
        if EXPERIMENT_NAME.fullmatch(name) and file not in found:
            found.insert(0, file)
            experiments += [entry for entry in _defaults(file, conf) if isinstance(entry, str)]
    return found


def _defaults(file: str, conf: Path) -> list[Any]:
    found = _read(conf / file).get("defaults")
    return found if isinstance(found, list) else []


def _read(path: Path) -> dict[str, Any]:
    return documents.read_yaml(path) if path.is_file() else {}  # Hydra says what is missing


def _params(found: Any) -> list[str]:
    """What a file sweeps, as words; of a search also what it varies with a choice alone, and the choice."""
    found = _sweeper(found)
    when = found.get("when") if isinstance(found.get("when"), dict) else {}
    sections = [found.get("params"), *when.values()]
    named = [f"{name}={value}" for some in sections if isinstance(some, dict) for name, value in some.items()]
    return [*named, *map(str, when)]


def _count(override: Override) -> float:
    """Values that an override stands for; infinity for a range that never ends."""
    value = override.value()
    if isinstance(value, ChoiceSweep):
        return float(len(value.list))
    if not isinstance(value, RangeSweep) or value.start is None or value.stop is None:
        return 1.0
    try:
        return max(0.0, float(math.ceil((value.stop - value.start) / value.step)))
    except (ArithmeticError, ValueError):  # a step of 0, infinity, no number, or more than a float can hold
        return math.inf


def _in_words(count: float) -> str:
    return f"{count:,.0f}" if math.isfinite(count) else "endlessly many"
