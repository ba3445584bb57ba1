"""How many trials one job trains: so many that it lasts minutes, for to submit and start one takes seconds."""

import datetime
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.configuration.launchers import Launcher
from pipeline.storage import documents
from pipeline.storage.places import TRIALS
from pipeline.trials.folder import RUN
from pipeline.trials.jobs import Job

# Seconds that a job shall last: Slurm's may wait in a queue for longer than that, others begin at once.
SECONDS = {"submitit_slurm": 300.0}
OTHERWISE = 60.0
LATEST = 100  # trials whose times are looked at
MOST_JOBS = 1000  # of an array: Slurm's own limit, if the cluster doesn't set another


def grouped(rest: Sequence[Job], launcher: Launcher) -> list[Sequence[Job]]:
    """The jobs in groups, in their order, one group for each job that is submitted."""
    size = launcher.trials_per_job or trials_per_job(len(rest), launcher, seconds_of_trials())
    return [rest[start : start + size] for start in range(0, len(rest), size)]


def trials_per_job(count: int, launcher: Launcher, seconds: Sequence[float]) -> int:
    """How many of ``count`` trials a job gets, by the seconds that others took; 1 where none is known.

    workers × SECONDS / median of the seconds, rounded; so many that there are no more jobs than an array can have.
    """
    wanted = 1
    if seconds:
        lasting = SECONDS.get(launcher.name, OTHERWISE)
        wanted = round(launcher.workers * lasting / max(statistics.median(seconds), 1e-3))
    return min(max(wanted, 1, math.ceil(count / MOST_JOBS)), max(count, 1))


def seconds_of_trials() -> list[float]:
    """What the latest trials of the store took, of those that were trained in one go."""
    runs = sorted(TRIALS.glob(f"*/{RUN}"), key=_changed)[-LATEST:]
    found = (_seconds(documents.read_object(path)) for path in runs)
    return [one for one in found if one is not None]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _seconds(run: Mapping[str, Any]) -> float | None:
    if run.get("resumed_after") is not None:
        return None
    try:
        began, ended = (datetime.datetime.fromisoformat(run[name]) for name in ("started", "finished"))
        return (ended - began).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
