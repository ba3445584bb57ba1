"""The size of a sweep, counted before Hydra writes all its jobs out."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.errors import HoldoutError
from pipeline.storage import documents

COMMAND_LINE = "the command line"
MOST = 10_000  # jobs; composing their settings alone takes minutes


def check(lines: Sequence[Sequence[str]], conf: Path) -> None:
    """Raise HoldoutError if the command lines and the experiments that they name make more than ``MOST`` jobs in all.

    A sweep that stands elsewhere in conf/ than in config.yaml and in experiments is not counted.
    """
    counted = [_jobs(words, conf) for words in lines]
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


def overrides(words: Sequence[str], conf: Path) -> list[tuple[str, str]]:
    """The settings that a command line names, after those of the sweeps that it stands for; each with its place."""
    named = get_args_parser().parse_args(list(words)).overrides
    return [*_of_files(named, conf), *((word, COMMAND_LINE) for word in named)]


def _of_files(words: Sequence[str], conf: Path) -> list[tuple[str, str]]:
    """The sweeps that the configuration and the experiment hold, as words, each with its file."""
    experiments = [word.partition("=")[2] for word in words if word.startswith("experiment=")]
    names = ["config.yaml", *with_bases(experiments[-1:], conf)]
    return [(word, f"conf/{name}") for name in names for word in _params(_read(conf / name))]


def with_bases(experiments: list[str], conf: Path) -> list[str]:
    """The files of these experiments in conf, those that their ``defaults`` name before them."""
    found: list[str] = []
    while experiments:
        name = experiments.pop()
        file = f"experiment/{name}.yaml"
        if EXPERIMENT_NAME.fullmatch(name) and file not in found:
            found.insert(0, file)
            defaults = _read(conf / file).get("defaults")
            experiments += [entry for entry in defaults if isinstance(entry, str)] if isinstance(defaults, list) else []
    return found


def _read(path: Path) -> dict[str, Any]:
    return documents.read_yaml(path) if path.is_file() else {}  # Hydra says what is missing


def _params(found: Any) -> list[str]:
    for name in ("hydra", "sweeper", "params"):
        found = found.get(name) if isinstance(found, dict) else None
    return [f"{name}={value}" for name, value in found.items()] if isinstance(found, dict) else []


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
