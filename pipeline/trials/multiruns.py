"""The command lines of a training as one sweep: a batch of jobs is composed first, then trained, those that are new."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import hydra
from hydra._internal.utils import get_args_parser

from pipeline.configuration.launchers import ALL_CORES, Launcher, check_plugins
from pipeline.console import say
from pipeline.training.interruption import deferred
from pipeline.trials import jobs
from pipeline.trials.batches import Batches, Lines
from pipeline.trials.crew import cores, one_by_one, side_by_side, trained_by_workers
from pipeline.trials.dispatch import NO_CARRIER, Carrier
from pipeline.trials.display import Display
from pipeline.trials.folder import PAUSED
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.sweeps import Sweep

# Options with which Hydra tells something and runs no job.
TELLING = ("cfg", "info", "help", "hydra_help")
Ended = Callable[[str, bool], None]
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
    carrier: Carrier = NO_CARRIER,
) -> None:
    """Train what the command lines stand for, each given with the name of its grid; job numbers go on.

    Args:
        ended: called with the key of each trial that has ended, and whether it is no candidate.
        launched: trains jobs by a launcher that submits them to other processes.
        carrier: of trials from and to a remote.

    Raises:
        HoldoutError: a mistake in one of the jobs of a batch, before any of them is trained; a grid is one batch.
        KeyboardInterrupt: on Ctrl-C, once the trials that were under way are kept.
    """
    if any(_tells(conf, words) for _, words in lines):
        return
    check_plugins(imported=False)
    batches = Batches(conf, lines, sweep.experiment)
    display = Display(sweep.experiment, batches.trials, trainings=batches.trainings)
    way = _UnderWay(sweep, batches, display, ended)
    with ended_gently() as asked:
        while not asked() and (batch := batches.ask()):
            rest = way.lacking(batch)
            if carrier.bring(partial(_keys, rest)):
                rest = way.lacking(rest)
            for job, result in _trained(rest, batches.launcher, launched, sweep, display, asked):
                way.tell(job, result)
                carrier.send(result)
            way.give_up()
        if (fewer := batches.fewer()) and not asked():
            say(f"{sweep.experiment}: {fewer[0]} trials, not {fewer[1]}: there is nothing else in this space to try")


@dataclass(frozen=True)
class _UnderWay:
    """A sweep, and all who are told what has come of its jobs."""

    sweep: Sweep
    batches: Batches
    display: Display
    ended: Ended

    def tell(self, job: Job, result: Summary | str) -> None:
        if isinstance(result, str):
            self.display.interrupted(result)
            return
        jobs.add(job, self.sweep, result["key"])  # a job that ran on another disk left its record there
        self.batches.tell(job, result)
        if result["status"] != PAUSED:
            self.ended(result["key"], job.teaching)
        self.display.ended(job, result)

    def lacking(self, batch: Sequence[Job]) -> list[Job]:
        """Those whose trials are not in the store; what came of the others is told."""
        rest = []
        for job in batch:
            if (summary := jobs.stored(job)) is None:
                rest.append(job)
            else:
                self.tell(job, summary)
        return rest

    def give_up(self) -> None:
        """Prune the trials that their searches have dropped."""
        for job, summary, cut in self.batches.dropped():
            self.sweep.give_up(summary["key"], cut)
            self.ended(summary["key"], job.teaching)
            self.display.pruned(job, summary)


def _keys(rest: Sequence[Job]) -> list[str]:
    return [jobs.key_of(job) for job in rest]


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
