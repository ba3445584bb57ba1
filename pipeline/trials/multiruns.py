"""The command lines of a training as one sweep: all jobs are composed first, then trained, those that are new."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig

from pipeline.configuration.composing import ALL_CORES, Composer
from pipeline.training.interruption import deferred
from pipeline.trials import jobs
from pipeline.trials.crew import cores, side_by_side, trained_by_workers
from pipeline.trials.dispatch import NO_CARRIER, Carrier
from pipeline.trials.display import Display
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.sweeps import Sweep

# Options with which Hydra tells something and runs no job.
TELLING = ("cfg", "info", "help", "hydra_help")
Ended = Callable[[str, bool], None]
Lines = Sequence[tuple[str, Sequence[str]]]


def run(
    conf: Path,
    lines: Lines,
    sweep: Sweep,
    ended: Ended = lambda key, teaching: None,
    carrier: Carrier = NO_CARRIER,
) -> None:
    """Train what the command lines stand for, each given with the name of its grid; job numbers go on.

    Args:
        ended: called with the key of each trial that has ended, and whether it is no candidate.
        carrier: of trials from and to a remote.

    Raises:
        HoldoutError: a mistake in one of the jobs, before any of them is trained.
        KeyboardInterrupt: on Ctrl-C, once the trials that were under way are kept.
    """
    if any(_tells(conf, words) for _, words in lines):
        return
    found, workers = gathered(conf, lines, sweep.experiment)
    display = Display(sweep.experiment, len(found))
    with ended_gently() as asked:
        rest = _lacking(found, sweep, display, ended)
        if carrier.bring(lambda: [jobs.key_of(job) for job in rest]):
            rest = _lacking(rest, sweep, display, ended)
        for job, result in _trained(rest, workers, sweep, display, asked):
            _tell(display, job, result, ended)
            carrier.send(result)


def _lacking(found: Sequence[Job], sweep: Sweep, display: Display, ended: Ended) -> list[Job]:
    """The jobs whose trials are not in the store; those of the others are told."""
    rest = []
    for job in found:
        if (summary := jobs.stored(job, sweep)) is None:
            rest.append(job)
        else:
            _tell(display, job, summary, ended)
    return rest


def gathered(conf: Path, lines: Lines, experiment: str) -> tuple[list[Job], int]:
    """The jobs of the command lines, and how many are trained at the same time, as ``Line`` has it."""
    found: list[Job] = []
    composer, workers = Composer(conf), ALL_CORES
    try:
        for name, words in lines:
            options = get_args_parser().parse_args(list(words))
            line = composer.line(options.overrides, options.multirun)
            workers = line.workers  # of all lines the same: it stands on the command line or in conf/config.yaml
            grid = name if name != experiment else ""
            for number, own in enumerate(line.jobs):
                found.append(jobs.job_of(composer.job(line, number), own, len(found), grid))
    finally:
        HydraConfig.instance().cfg = None
    return found, workers


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


def _tell(display: Display, job: Job, result: Summary | str, ended: Ended) -> None:
    if isinstance(result, str):
        display.interrupted(result)
        return
    ended(result["key"], job.teaching)
    display.ended(job, result)


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
