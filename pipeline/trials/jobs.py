"""One job of a sweep: from its composed configuration to a trial in the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.configuration.settings import from_config, plainly, resolve
from pipeline.errors import HoldoutError
from pipeline.fields import finite
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import find_trained, open_split, run_trial
from pipeline.trials.warming import warm

# Options beside the settings, which change nothing of what a trial comes to.
OF_THE_SWEEP = ("allow_failed", "checkpoint_seconds", "teaching")
# What may stand on the command line without changing a sweep.
HARMLESS = ("allow_failed", "checkpoint_seconds", "--multirun", "-m", "hydra/launcher", "hydra.launcher.n_jobs")
Summary = dict[str, Any]


def published_name(words: list[str]) -> str | None:
    """NAME if the command line says ``experiment=NAME`` and nothing that would change its sweep."""
    rest = [word for word in words if word.split("=")[0] not in HARMLESS]
    if len(rest) != 1 or not rest[0].startswith("experiment="):
        return None
    name = rest[0].partition("=")[2]
    if not EXPERIMENT_NAME.fullmatch(name):
        raise HoldoutError(f"experiment={name}: expected the name of one experiment, of a-z, 0-9, _ and -")
    return name


@dataclass(frozen=True)
class Job:
    """A trial to be: nothing of it is Hydra's any more.

    Attributes:
        number: its place in the sweep, from 0; grid: see ``Trial``.
        words: what it changes, as ``name=value``.
        settings: as training takes them on the data at hand.
        seconds: at least so long between two snapshots; allow_failed, teaching: see ``Member``.
        until: the epoch after which it pauses, if it has not ended by then.
    """

    number: int
    grid: str
    words: tuple[str, ...]
    settings: Hyperparameters
    seconds: float
    allow_failed: bool
    teaching: bool
    until: int | None = None


def job_of(config: DictConfig, words: Sequence[str], number: int, grid: str) -> Job:
    """The job that a composed configuration describes; HoldoutError for what can't be trained on the data at hand."""
    if not isinstance(config.allow_failed, bool):
        raise HoldoutError(
            f"settings: allow_failed={plainly(config.allow_failed)} is not allowed: it must be true or false"
        )
    _check_teaching(config.teaching, words)
    settings = from_config(
        OmegaConf.masked_copy(config, [str(name) for name in config if name not in OF_THE_SWEEP]), words
    )
    return Job(
        number,
        grid,
        tuple(word for word in words if not word.startswith(("experiment=", *HARMLESS))),
        resolve(settings, open_split().card),
        _checkpoint_seconds(config.checkpoint_seconds),
        config.allow_failed,
        config.teaching,
    )


def stored(job: Job, sweep: Sweep) -> Summary | None:
    """What came of the job's trial, if the store has it; it is then on record as the sweep's."""
    summary = find_trained(job.settings, open_split(), job.until)
    if summary is not None:
        _add(job, sweep, summary["key"])
    return summary


def warm_up(jobs: Sequence[Job], processes: int) -> None:
    """Load what trains them, compiled where it is not yet; processes that begin as copies of this one share it."""
    data = open_split()
    warm([job.settings for job in jobs], data.card, len(data.train), processes)


def train(job: Job, sweep: Sweep, follow: Callable[[int], None]) -> Summary:
    """Train the job's trial, or find that it was trained meanwhile; ``follow`` is told each epoch."""
    return run_trial(
        job.settings,
        open_split(),
        lambda epoch, record: follow(epoch),
        lambda key: _add(job, sweep, key),
        job.seconds,
        job.until,
    )


def _add(job: Job, sweep: Sweep, key: str) -> None:
    sweep.add(key, job.number, job.words, job.allow_failed, job.teaching, job.grid)


def _check_teaching(value: Any, words: Sequence[str]) -> None:
    """A trial is not made a lesson when it has disappointed: only the file of an experiment says that it teaches."""
    if any(word.lstrip("+").startswith("teaching=") for word in words) or not isinstance(value, bool):
        raise HoldoutError(
            f"settings: teaching={plainly(value)} is not allowed here: write teaching: true in the experiment's file in"
            " conf/experiment, whose trials are then no candidates"
        )


def _checkpoint_seconds(value: Any) -> float:
    if not finite(value) or value < 0:
        raise HoldoutError(
            f"settings: checkpoint_seconds={plainly(value)} is not allowed: it must be a number, 0 for none"
        )
    return float(value)
