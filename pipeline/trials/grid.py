"""The size of a sweep, counted before Hydra writes all its jobs out."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from pipeline import files
from pipeline.errors import HoldoutError
from pipeline.params import EXPERIMENT_NAME

MOST = 10_000  # jobs; composing their settings alone takes Hydra half an hour


def check(words: Sequence[str], conf: Path) -> None:
    """Raise HoldoutError if the command line and the experiment that it names make more than ``MOST`` jobs."""
    named = [word for word in words if not word.startswith("-")]
    sources = [*_of_files(named, conf), *((word, "the command line") for word in named)]
    parsed = OverridesParser.create().parse_overrides([word for word, _ in sources])
    # A later word takes an earlier one's place.
    found = {one.key_or_group: (_count(one), place) for one, (_, place) in zip(parsed, sources, strict=True)}
    total = math.prod(count for count, _ in found.values())
    if not total <= MOST:
        name = max(found, key=lambda name: found[name][0])
        count, place = found[name]
        raise HoldoutError(
            f"the sweep has {_in_words(total)} jobs, for {name} has {_in_words(count)} values ({place}); "
            f"at most {MOST:,} jobs are allowed: name fewer values"
        )


def _of_files(words: Sequence[str], conf: Path) -> list[tuple[str, str]]:
    """The sweep that the configuration and the experiment hold, as words, each with its file."""
    experiments = [word.partition("=")[2] for word in words if word.startswith("experiment=")]
    names = [f"experiment/{name}.yaml" for name in experiments[-1:] if EXPERIMENT_NAME.fullmatch(name)]
    paths = [name for name in ("config.yaml", *names) if (conf / name).is_file()]
    return [(word, f"conf/{name}") for name in paths for word in _params(files.read_params(conf / name))]


def _params(found: Any) -> list[str]:
    for name in ("hydra", "sweeper", "params"):
        found = found.get(name) if isinstance(found, dict) else None
    return [f"{name}={value}" for name, value in found.items()] if isinstance(found, dict) else []


def _count(override: Override) -> float:
    """Values that an override stands for; infinity for a range that never ends."""
    value = override.value()
    if isinstance(value, ChoiceSweep):
        return len(value.list)
    if not isinstance(value, RangeSweep) or value.start is None or value.stop is None:
        return 1
    steps = (value.stop - value.start) / value.step if value.step else math.inf
    return max(0, math.ceil(steps)) if math.isfinite(steps) else math.inf


def _in_words(count: float) -> str:
    return f"{count:,.0f}" if math.isfinite(count) else "endlessly many"
