"""The command lines of a training as one sweep: all jobs are composed first, then trained, those that are new."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig

from pipeline.configuration.composing import Composer
from pipeline.configuration.launchers import ALL_CORES, Launcher, check_plugins
from pipeline.training.interruption import deferred
from pipeline.trials import jobs
from pipeline.trials.crew import cores, one_by_one, side_by_side, trained_by_workers
from pipeline.trials.display import Display
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.sweeps import Sweep

# Options with which Hydra tells something and runs no job.
TELLING = ("cfg", "info", "help", "hydra_help")
Ended = Callable[[str, bool], None]
Lines = Sequence[tuple[str, Sequence[str]]]
Follow = Callable[[Job, int], None]
Asked = Callable[[], bool]
# Trains jobs in other processes; yields each with what came of it, as they end.
Launched = Callable[[Sequence[Job], Launcher, Sweep, Follow, Asked], Iterator[tuple[Job, Summary | str]]]


def run(
    conf: Path,
    lines: Lines,
    sweep: Sweep,
    ended: Ended = lambda key, teaching: None,
    launched: Launched | None = None,
) -> None:
    """Train what the command lines stand for, each given with the name of its grid; job numbers go on.

    Args:
        ended: called with the key of each trial that has ended, and whether it is no candidate.
        launched: trains jobs by a launcher that submits them to other processes.

    Raises:
        HoldoutError: a mistake in one of the jobs, before any of them is trained.
        KeyboardInterrupt: on Ctrl-C, once the trials that were under way are kept.
    """
    if any(_tells(conf, words) for _, words in lines):
        return
    check_plugins(imported=False)
    found, launcher = gathered(conf, lines, sweep.experiment)
    display = Display(sweep.experiment, len(found))
    with ended_gently() as asked:
        rest = []
        for job in found:
            if (summary := jobs.stored(job, sweep)) is None:
                rest.append(job)
            else:
                _tell(display, job, summary, ended)
        for job, result in _trained(rest, launcher, launched, sweep, display, asked):
            if not isinstance(result, str):
                jobs.add(job, sweep, result["key"])
            _tell(display, job, result, ended)


def gathered(conf: Path, lines: Lines, experiment: str) -> tuple[list[Job], Launcher]:
    """The jobs of the command lines, and who trains them."""
    found: list[Job] = []
    composer, launcher = Composer(conf), Launcher()
    try:
        for name, words in lines:
            options = get_args_parser().parse_args(list(words))
            line = composer.line(options.overrides, options.multirun)
            launcher = line.launcher  # of all lines the same: it stands on the command line or in conf/config.yaml
            grid = name if name != experiment else ""
            for number, own in enumerate(line.jobs):
                found.append(jobs.job_of(composer.job(line, number), own, len(found), grid))
    finally:
        HydraConfig.instance().cfg = None
    return found, launcher


def _tells(conf: Path, words: Sequence[str]) -> bool:
    """Let Hydra answer a command line that only asks."""
    options = get_args_parser().parse_args(list(words))
    if not any(getattr(options, name) for name in TELLING):
        return False
    check_plugins(imported=True)
    sys.argv[1:] = words  # which Hydra reads
    hydra.main(version_base="1.3", config_path=str(conf.absolute()), config_name="config")(lambda config: None)()
    return True


def _trained(
    rest: Sequence[Job],
    launcher: Launcher,
    launched: Launched | None,
    sweep: Sweep,
    display: Display,
    asked: Asked,
) -> Iterator[tuple[Job, Summary | str]]:
    with display.training(len(rest)):
        if launcher.name and launched is not None:
            yield from launched(rest, launcher, sweep, display.follow, asked)
        else:
            yield from trained_here(rest, launcher.workers, sweep, display.follow, asked)


def trained_here(
    rest: Sequence[Job], workers: int, sweep: Sweep, follow: Follow, asked: Asked
) -> Iterator[tuple[Job, Summary | str]]:
    """Train the jobs by workers of this process; yields each with what came of it, text if Ctrl-C ended it."""
    count = min(side_by_side(rest) if workers == ALL_CORES else workers, len(rest))
    jobs.warm_up(rest, cores())
    if count > 1:
        yield from trained_by_workers(rest, count, partial(_work, sweep), follow, asked)
    else:
        yield from one_by_one(rest, partial(_work, sweep), follow)


def _work(sweep: Sweep, job: Job, tell: Callable[[int], None], wait: bool) -> Summary:
    return jobs.train(job, sweep, tell, wait)


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
