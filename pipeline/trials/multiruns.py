"""The command lines of a training as one sweep: a batch of jobs is composed first, then trained, those that are new."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import hydra
from hydra._internal.utils import get_args_parser

from pipeline.configuration.composing import ALL_CORES
from pipeline.console import say
from pipeline.training.interruption import deferred
from pipeline.trials import jobs
from pipeline.trials.batches import Batches, Lines
from pipeline.trials.crew import cores, side_by_side, trained_by_workers
from pipeline.trials.display import Display
from pipeline.trials.folder import PAUSED
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.sweeps import Sweep

# Options with which Hydra tells something and runs no job.
TELLING = ("cfg", "info", "help", "hydra_help")
Ended = Callable[[str, bool], None]


def run(conf: Path, lines: Lines, sweep: Sweep, ended: Ended = lambda key, teaching: None) -> None:
    """Train what the command lines stand for, each given with the name of its grid; job numbers go on.

    Args:
        ended: called with the key of each trial that has ended, and whether it is no candidate.

    Raises:
        HoldoutError: a mistake in one of the jobs of a batch, before any of them is trained; a grid is one batch.
        KeyboardInterrupt: on Ctrl-C, once the trials that were under way are kept.
    """
    if any(_tells(conf, words) for _, words in lines):
        return
    batches = Batches(conf, lines, sweep.experiment)
    display = Display(sweep.experiment, batches.trials, trainings=batches.trainings)

    def tell(job: Job, result: Summary | str) -> None:
        if isinstance(result, str):
            display.interrupted(result)
            return
        batches.tell(job, result)
        if result["status"] != PAUSED:
            ended(result["key"], job.teaching)
        display.ended(job, result)

    with ended_gently() as asked:
        while not asked() and (batch := batches.ask()):
            rest = []
            for job in batch:
                if (summary := jobs.stored(job, sweep)) is None:
                    rest.append(job)
                else:
                    tell(job, summary)
            for job, result in _trained(rest, batches.workers, sweep, display, asked):
                tell(job, result)
            for job, summary, cut in batches.dropped():
                sweep.give_up(summary["key"], cut)
                ended(summary["key"], job.teaching)
                display.pruned(job, summary)
        if (fewer := batches.fewer()) and not asked():
            say(f"{sweep.experiment}: {fewer[0]} trials, not {fewer[1]}: there is nothing else in this space to try")


def _tells(conf: Path, words: Sequence[str]) -> bool:
    """Let Hydra answer a command line that only asks."""
    options = get_args_parser().parse_args(list(words))
    if not any(getattr(options, name) for name in TELLING):
        return False
    sys.argv[1:] = words  # which Hydra reads
    hydra.main(version_base="1.3", config_path=str(conf.absolute()), config_name="config")(lambda config: None)()
    return True


def _trained(
    rest: Sequence[Job], workers: int, sweep: Sweep, display: Display, asked: Callable[[], bool]
) -> Iterator[tuple[Job, Summary | str]]:
    count = min(side_by_side(rest) if workers == ALL_CORES else workers, len(rest))
    with display.training(len(rest)):
        jobs.warm_up(rest, cores())
        if count > 1:
            yield from trained_by_workers(rest, count, partial(_work, sweep), display.follow, asked)
            return
        for job in rest:
            yield job, jobs.train(job, sweep, partial(display.follow, job))


def _work(sweep: Sweep, job: Job, tell: Callable[[int], None]) -> Summary:
    return jobs.train(job, sweep, tell)


@contextmanager
def ended_gently() -> Iterator[Callable[[], bool]]:
    """On Ctrl-C, which the terminal sends to workers too, wait until their trials are kept; end at once on the second.

    Raises:
        KeyboardInterrupt: once all have ended.
    """
    with deferred() as asked:
        yield asked
        if asked():
            raise KeyboardInterrupt
