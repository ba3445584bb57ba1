"""Workers: processes that train trials side by side, each for as long as the sweep lasts.

They begin as copies of the trainer (fork), with all that it has loaded: programs, machine code and mapped rows. Where
that is not safe they start anew (spawn). A worker gets one job at a time: none waits in a queue when a sweep is ended.
A trial that a process elsewhere trains is left for the end: nobody waits while there is other work.
"""

import multiprocessing
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from pipeline.errors import HoldoutError, Interrupted
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.interruption import deferred
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.meeting import TrainedElsewhere
from pipeline.trials.processes import end_with_trainer

# Trains a job, telling the epochs that are done; raises TrainedElsewhere unless it shall wait.
Work = Callable[[Job, Callable[[int], None], bool], Summary]
KILLED = (
    "a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same command again, "
    "and the others go on"
)
MANY = 10**6  # folds: as many as there are rows
METHOD = "fork" if sys.platform == "linux" else "spawn"
# What a worker sends begins with one of these.
EPOCH, DONE, ENDED, LATER, RAISED = "epoch", "done", "ended", "later", "raised"
INTERVAL = 0.2  # seconds between two messages on a training


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: Job | None = None

    def give(self, job: Job, wait: bool) -> None:
        self.job = job
        with suppress(BrokenPipeError):  # it was killed, which is heard as the end of what it says
            self.pipe.send((job, wait))


class _Rest:
    """The jobs to be done: first those that nobody trains, then those that others did when it was their turn."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs, self._later = list(reversed(jobs)), list[Job]()

    def next(self) -> tuple[Job, bool] | None:
        """The next job, and whether to wait while another process trains it."""
        if self._jobs:
            return self._jobs.pop(), False
        return (self._later.pop(0), True) if self._later else None

    def put_off(self, job: Job) -> None:
        self._later.append(job)


def one_by_one(
    jobs: Sequence[Job], work: Work, follow: Callable[[Job, int], None]
) -> Iterator[tuple[Job, Summary | str]]:
    """Train the jobs in this process, as ``trained_by_workers`` does."""
    rest = _Rest(jobs)
    while given := rest.next():
        job, wait = given
        try:
            yield job, work(job, partial(follow, job), wait)
        except TrainedElsewhere:
            rest.put_off(job)


def trained_by_workers(
    jobs: Sequence[Job],
    count: int,
    work: Work,
    follow: Callable[[Job, int], None],
    asked: Callable[[], bool],
) -> Iterator[tuple[Job, Summary | str]]:
    """Train the jobs by ``count`` workers; yields each with what came of it, as they end: text if Ctrl-C ended it.

    Args:
        follow: told of each epoch of each job; asked: whether to begin no further job.

    Raises:
        HoldoutError: a worker was killed, or a job has a mistake; the other workers are then ended.
        OSError: of a job; likewise.
    """
    rest, workers = _Rest(jobs), _start(min(count, len(jobs)), work)
    try:
        while busy := [worker for worker in workers if worker.job or _given(worker, rest, asked)]:
            for pipe in connection.wait([worker.pipe for worker in busy]):
                worker = next(one for one in busy if one.pipe is pipe)
                kind, found = _heard(worker, follow)
                if kind == EPOCH:
                    continue
                job, worker.job = worker.job, None
                assert job is not None
                if kind == LATER:
                    rest.put_off(job)
                else:
                    yield job, found
    finally:
        _end(workers)


def side_by_side(jobs: Sequence[Job]) -> int:
    """How many of them the cores can train at the same time; one where workers start anew, which takes them seconds."""
    networks = max((_networks(job.settings) for job in jobs), default=1)
    return max(cores() // networks, 1)


def cores() -> int:
    """Processes that can begin as copies of this one and have a core each."""
    if METHOD != "fork":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _networks(settings: Hyperparameters) -> int:
    """How many networks a trial itself trains side by side: those of an ensemble, of folds, of several seeds."""
    validation = settings.validation
    several = {"hold_out": validation.seeds, "k_fold": validation.folds}
    return settings.ensemble.members * several.get(validation.name, MANY)


def _start(count: int, work: Work) -> list[_Worker]:
    context: Any = multiprocessing.get_context(METHOD)
    workers: list[_Worker] = []
    for _ in range(count):
        ours, theirs = context.Pipe()
        inherited = [ours, *(worker.pipe for worker in workers)]
        process = context.Process(target=_serve, args=(theirs, inherited, work), daemon=True)
        with warnings.catch_warnings():  # OpenBLAS has threads, and ends them before a fork; our own hold nothing
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        workers.append(_Worker(process, ours))
    return workers


def _given(worker: _Worker, rest: _Rest, asked: Callable[[], bool]) -> bool:
    """Give the worker the next job, if there is one."""
    given = None if asked() else rest.next()
    if given is None:
        return False
    worker.give(*given)
    return True


def _heard(worker: _Worker, follow: Callable[[Job, int], None]) -> tuple[str, Any]:
    """What the worker says of its job: its kind, and what came of it."""
    try:
        kind, found = worker.pipe.recv()
    except (EOFError, OSError):
        raise HoldoutError(KILLED) from None
    if kind == RAISED:
        raise found
    if kind == EPOCH and worker.job is not None:
        follow(worker.job, found)
    return kind, found


def _end(workers: Sequence[_Worker]) -> None:
    """Let those that wait end by themselves, and end those that train: their trials go on when they are run again."""
    for worker in workers:
        worker.pipe.close()
        if worker.job is not None:
            worker.process.terminate()
    for worker in workers:
        worker.process.join()


def _serve(pipe: Connection, inherited: Sequence[Connection], work: Work) -> None:
    """The life of a worker: until the trainer closes the pipe, or is gone."""
    for other in inherited:
        other.close()
    end_with_trainer()
    with suppress(EOFError, OSError, KeyboardInterrupt), deferred():
        while True:
            job, wait = pipe.recv()
            pipe.send(_done(job, work, _Teller(pipe), wait))


class _Teller:
    """Sends the number of the last epoch, a few times a second."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._next = pipe, 0.0

    def __call__(self, epoch: int) -> None:
        if (now := time.monotonic()) >= self._next:
            self._pipe.send((EPOCH, epoch))
            self._next = now + INTERVAL


def _done(job: Job, work: Work, tell: Callable[[int], None], wait: bool) -> tuple[str, Any]:
    try:
        return DONE, work(job, tell, wait)
    except TrainedElsewhere:
        return LATER, None
    except Interrupted as error:
        return ENDED, str(error)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return RAISED, error
