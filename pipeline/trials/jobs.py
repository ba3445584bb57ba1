"""One job of a sweep: from its composed configuration to a trial in the store and a line on the terminal."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.configuration.settings import from_config, plainly
from pipeline.console import epoch_bar, say
from pipeline.errors import HoldoutError, Interrupted
from pipeline.fields import finite
from pipeline.storage.places import HYDRA
from pipeline.training.interruption import deferred
from pipeline.trials.folder import DIVERGED, FINISHED
from pipeline.trials.processes import a_worker, end_with_trainer
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import open_split, run_trial

# Options beside the settings, which change nothing of what a trial comes to.
OF_THE_SWEEP = ("allow_failed", "checkpoint_seconds", "teaching")
# What may stand on the command line without changing a sweep.
HARMLESS = ("allow_failed", "checkpoint_seconds", "--multirun", "-m", "hydra/launcher", "hydra.launcher.n_jobs")
ENDED: list[str] = []  # in a worker: what Ctrl-C has ended there; the jobs after it are not begun
SLOWER = "lower optimizer.learning_rate, or set optimizer.clip"  # what helps against divergence
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


def published_name(words: list[str]) -> str | None:
    """NAME if the command line says ``experiment=NAME`` and nothing that would change its sweep."""
    rest = [word for word in words if word.split("=")[0] not in HARMLESS]
    if len(rest) != 1 or not rest[0].startswith("experiment="):
        return None
    name = rest[0].partition("=")[2]
    if not EXPERIMENT_NAME.fullmatch(name):
        raise HoldoutError(f"experiment={name}: expected the name of one experiment, of a-z, 0-9, _ and -")
    return name


def train(config: DictConfig) -> str | None:
    """Train the trial that this configuration describes, or find it in the store; its key, None if it was ended."""
    end_with_trainer()
    if ENDED:
        return None
    values = {name: config[name] for name in config if name not in OF_THE_SWEEP}
    if not isinstance(config.allow_failed, bool):
        raise HoldoutError(
            f"settings: allow_failed={plainly(config.allow_failed)} is not allowed: it must be true or false"
        )
    _check_teaching(config.teaching)
    task = HydraConfig.get()
    settings = from_config(OmegaConf.create(values), task.overrides.task)
    seconds = _checkpoint_seconds(config.checkpoint_seconds)
    changed = [word for word in task.overrides.task if not word.startswith(("experiment=", *HARMLESS))]
    sweep = Sweep.from_environment(os.environ)
    number = sweep.first + (int(task.job.num) if task.mode is RunMode.MULTIRUN else 0)
    label = f"{number + 1}{sweep.grid and f', {sweep.grid}'}: {' '.join(changed) or 'defaults'}"
    with epoch_bar(f"trial {label}", settings.stopping.epochs) as follow:
        allowed = {name: config[name] for name in ("allow_failed", "teaching")}
        announce = partial(sweep.add, job=number, words=changed, **allowed)
        try:
            summary = run_trial(settings, open_split(), follow, announce, seconds)
        except Interrupted as error:
            _end(error)
            return None
    say(f"{sweep.experiment} {label}: {_in_words(summary)}")
    return str(summary["key"])


def _check_teaching(value: Any) -> None:
    """A trial is not made a lesson when it has disappointed: only the file of an experiment says that it teaches."""
    words = HydraConfig.get().overrides.task
    if any(word.lstrip("+").startswith("teaching=") for word in words) or not isinstance(value, bool):
        raise HoldoutError(
            f"settings: teaching={plainly(value)} is not allowed here: write teaching: true in the experiment's file in"
            " conf/experiment, whose trials are then no candidates"
        )


def _end(error: Interrupted) -> None:
    """Say in a worker what is kept, without an exception: for one, joblib would kill the workers that still end."""
    if not a_worker():
        raise error
    ENDED.append(str(error))
    print(f"interrupted: {error}", file=sys.stderr, flush=True)


def _checkpoint_seconds(value: Any) -> float:
    if not finite(value) or value < 0:
        raise HoldoutError(
            f"settings: checkpoint_seconds={plainly(value)} is not allowed: it must be a number, 0 for none"
        )
    return float(value)


def _in_words(summary: dict[str, Any]) -> str:
    """A trial's outcome as one phrase for the terminal."""
    if summary["status"] != FINISHED:
        advice = f"; {SLOWER}" if summary["status"] == DIVERGED else ""
        return f"{summary['status']}: {summary['reason']}{advice}"
    reused = ", reused" if summary.get("reused") else ""
    epochs = f"epoch {summary['best_epoch']} of {summary['epochs']}"
    return f"{summary['metric']} {summary['score']:.4f} at {epochs}{reused}"


@contextmanager
def end_with_workers() -> Iterator[None]:
    """On Ctrl-C, which the terminal sends to workers too, wait until their trials are kept; end at once on the second.

    Raises:
        KeyboardInterrupt: once all have ended.
    """
    with deferred() as asked:
        try:
            yield
        except Exception:
            if not asked():
                raise
        if asked():
            raise KeyboardInterrupt


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say where a disk was full, and what becomes of the trials of a worker that was killed.

    Hydra and joblib leave that out when a sweep ends early.
    """
    try:
        yield
    except OSError as error:  # raised while a buffer is flushed, it has no name; trials give theirs to their own
        if error.filename is not None or error.errno not in DISK:
            raise
        raise OSError(error.errno, error.strerror, str(HYDRA)) from error
    except Exception as error:
        if type(error).__name__ != "TerminatedWorkerError":  # by name, for joblib takes as long to load as Hydra
            raise
        raise HoldoutError(
            "a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same "
            "command again, and the others go on"
        ) from None
