"""Hydra's multiruns that make up one sweep, one after the other in this process."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import hydra
from omegaconf import DictConfig

from pipeline.trials.jobs import end_with_workers, in_our_words
from pipeline.trials.sweeps import Sweep


def run(
    job: Callable[[DictConfig], None], conf: Path, lines: Sequence[tuple[str, Sequence[str]]], sweep: Sweep
) -> None:
    """Run each command line, given with the name of its grid; where they are several, job numbers go on."""
    for grid, words in lines:
        # By Hydra's settings, for workers may outlive a multirun, and have the environment that they began with.
        more = sweep.part(grid).to_words() if grid != sweep.experiment else ()
        sys.argv[1:] = _with(words, more)  # which Hydra reads
        with in_our_words(), end_with_workers():
            hydra.main(version_base="1.3", config_path=str(conf.absolute()), config_name="config")(job)()


def _with(words: Sequence[str], more: Sequence[str]) -> list[str]:
    """The command line with more settings beside its own: Hydra's parser takes none from behind an option."""
    settings = (place for place, word in enumerate(words) if "=" in word and not word.startswith("-"))
    first = next(settings, len(words))
    return [*words[:first], *more, *words[first:]]
