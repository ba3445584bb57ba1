"""Submits a sweep's trials as jobs, groups of them, and finds what came of each: in the store, which jobs write to.

The engine (submitit, Slurm, Ray) schedules them and knows what has become of each job. A job that dies loses nothing
but what was under way: the others go on, and what is not finished at the end is told in one line.
"""

import importlib
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from pipeline.configuration.launchers import Launcher
from pipeline.errors import HoldoutError, Note
from pipeline.launching.grouping import grouped
from pipeline.launching.order import mark, order_of
from pipeline.launching.sending import take_home
from pipeline.launching.task import Told
from pipeline.sealing.confine import LANDLOCK, WEAKER
from pipeline.storage.places import TRIALS
from pipeline.trials import jobs
from pipeline.trials.folder import SUMMARY
from pipeline.trials.jobs import Job, Summary
from pipeline.trials.keys import trial_key
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import open_split

INTERVAL = 1.0  # seconds between two looks at jobs and store
GRACE = 10.0  # seconds that jobs have to end once all trials are there
ENGINES = {  # modules, which import what is an extra, and their classes
    "submitit_local": ("pipeline.launching.submitit_jobs", "SubmititJobs"),
    "submitit_slurm": ("pipeline.launching.submitit_jobs", "SubmititJobs"),
    "ray": ("pipeline.launching.ray_jobs", "RayJobs"),
}
TRAVELLING = ("ray",)  # may reach hosts that don't see this disk
SHOWN = 3  # keys and reasons in an error


class Submitted(Protocol):
    """A job as an engine has it."""

    name: str

    def ended(self) -> bool: ...
    def told(self) -> list[Told]: ...
    def cancel(self) -> None: ...


class JobsOfSweep(Protocol):
    """All jobs of a sweep, and what trials have come home from other disks since the last look."""

    jobs: Sequence[Submitted]

    def arrived(self) -> list[Told]: ...
    def close(self) -> None: ...


def launched(
    rest: Sequence[Job],
    launcher: Launcher,
    sweep: Sweep,
    follow: Callable[[Job, int], None],
    asked: Callable[[], bool],
) -> Iterator[tuple[Job, Summary | str]]:
    """Train the jobs of a sweep by a launcher; yields each with what came of it, as they end. See ``Launched``.

    Raises:
        HoldoutError: some are not finished, for their jobs died or could not train them; the others are kept.
    """
    if not rest:
        return
    data = open_split()
    waiting: dict[str, list[Job]] = {}
    for job in rest:
        waiting.setdefault(trial_key(job.settings, data), []).append(job)
    each = [same[0] for same in waiting.values()]
    groups, travels = grouped(each, launcher), launcher.name in TRAVELLING
    orders = [order_of(group, sweep, data, launcher.workers, travels).to_text() for group in groups]
    reasons: list[str] = []
    with _engine(orders, launcher, sweep) as engine:
        running, until = list(engine.jobs), math.inf
        while running and not asked() and time.monotonic() < until:
            time.sleep(INTERVAL)
            ended = [one for one in running if one.ended()]
            running = [one for one in running if one not in ended]
            _take_home(engine.arrived(), reasons)
            yield from _found(waiting, _heard(ended, reasons))
            if not waiting:  # others may have trained what a job still waits in a queue for
                until = min(until, time.monotonic() + GRACE)
    if waiting and not asked():
        raise HoldoutError(_unfinished(list(waiting), len(each), reasons))


@contextmanager
def _engine(orders: Sequence[str], launcher: Launcher, sweep: Sweep) -> Iterator[JobsOfSweep]:
    """The jobs of these orders, submitted; what still runs at the end is cancelled."""
    module, name = ENGINES[launcher.name]
    place = mark(sweep.identity)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    engine: JobsOfSweep | None = None
    try:
        made = getattr(importlib.import_module(module), name)
        try:
            engine = made(orders, launcher.name, launcher.settings)
        except Exception as error:  # whatever it has where there is no cluster, or none that takes these settings
            raise HoldoutError(f"hydra/launcher={launcher.name}: {_first_line(error)}") from error
        yield engine
    finally:
        place.unlink(missing_ok=True)
        if engine is not None:
            for one in engine.jobs:
                if not one.ended():
                    one.cancel()
            engine.close()


def _take_home(told: Sequence[Told], reasons: list[str]) -> None:
    """Put trials of other disks into the store, or where they can go on."""
    for line in told:
        try:
            take_home(line)
        except HoldoutError as error:
            reasons.append(str(error))


def _heard(ended: Sequence[Submitted], reasons: list[str]) -> dict[str, Summary]:
    """The summaries that jobs have told, by key; why others are missing is added to the reasons."""
    summaries: dict[str, Summary] = {}
    for one in ended:
        try:
            told = one.told()
        except Exception as error:  # whatever an engine has for a job that died
            reasons.append(f"{one.name}: {_first_line(error)}")
            continue
        _note_confinement(told)
        summaries |= {line["key"]: line["summary"] for line in told if "summary" in line}
        reasons += [f"{one.name}: {line['error']}" for line in told if "error" in line]
    return summaries


def _note_confinement(told: Sequence[Told]) -> None:
    """Say where less than Landlock keeps a job from the test rows; warnings of one text are shown once."""
    for line in told:
        if "confinement" in line and line["confinement"] != LANDLOCK:
            kind = line["confinement"]
            warnings.warn(f"{line['host']}: confinement is {kind}: {WEAKER[kind]}", Note, stacklevel=2)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _found(waiting: dict[str, list[Job]], summaries: dict[str, Summary]) -> Iterator[tuple[Job, Summary | str]]:
    """Those that are in the store now; a failed one is there too, but is not taken from it, only from its job.

    Several jobs can be the same trial.
    """
    for key in [key for key in waiting if key in summaries or (TRIALS / key / SUMMARY).exists()]:
        told = summaries.get(key, {})
        summary = jobs.stored(waiting[key][0]) or (told if (TRIALS / key / SUMMARY).exists() else None)
        if summary:
            for place, job in enumerate(waiting.pop(key)):
                yield job, {**summary, "reused": place > 0 or told.get("reused", False)}


def _unfinished(keys: Sequence[str], count: int, reasons: Sequence[str]) -> str:
    some = ", ".join(keys[:SHOWN]) + (", …" if len(keys) > SHOWN else "")
    why = "; ".join(dict.fromkeys(reasons)) or "their jobs ended without a word"
    return (
        f"{len(keys)} of {count} trials are not finished ({some}): {why}. The finished ones are kept: run the same "
        "command again, and it goes on"
    )
