"""Runs one trial through the store: reuse it if it is there, else train it and keep what came out."""

import dataclasses
import functools
import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

from filelock import FileLock

from pipeline.configuration.resolve import hyperparameters
from pipeline.configuration.settings import Settings
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.storage.parts import OpenData, read_split
from pipeline.training.fit import Rows
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.observer import Record
from pipeline.training.outcome import Outcome
from pipeline.training.validation import validate
from pipeline.trials.keys import trial_key
from pipeline.trials.running import RunningTrial, adopt
from pipeline.trials.store import FAILED, RUNNING, STORE, read_summary

Follower = Callable[[int, Record], None]


@functools.cache
def open_split() -> OpenData:
    """The training and validation parts and their card, read once per process."""
    return read_split()


def resolved(settings: Settings, values: Hyperparameters) -> dict[str, Any]:
    """The settings as stored: every ``auto`` replaced by what was used."""
    network = dataclasses.replace(settings.network, output=values.output, loss=values.loss)
    return dataclasses.replace(settings, network=network).to_dict()


def _summary(outcome: Outcome) -> dict[str, Any]:
    keep = ("status", "reason", "score", "metric", "best_epoch", "epochs", "stopped_by", "metrics")
    parameters = outcome.model.architecture.parameters if outcome.model else None
    return {**{name: getattr(outcome, name) for name in keep}, "parameters": parameters}


def rows_of(data: OpenData) -> tuple[Rows, Rows]:
    """What is trained on, and what is scored on."""
    return Rows(data.train.X, data.train.y), Rows(data.validation.X, data.validation.y)


def _failure(error: BaseException, card: Card) -> dict[str, Any]:
    reason = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")
    outcome = Outcome(FAILED, reason, "error", 0, 0, None, f"validation of {card.task}", None)
    return _summary(outcome)


def run_trial(
    settings: Settings,
    data: OpenData,
    follow: Follower = lambda epoch, record: None,
    announce: Callable[[str], None] = lambda key: None,
    checkpoint_seconds: float = 0.0,
) -> dict[str, Any]:
    """Train one trial, or find it finished; returns its summary.

    A trial that diverges or raises is recorded with its reason and does not stop its sweep. A mistake in the
    settings is the user's and raises HoldoutError before anything is trained; a full disk or the like raises OSError,
    and the trial goes on from its last snapshot when it is run again.

    Args:
        follow: called after each epoch with its number and metrics.
        announce: called with the trial's key before it starts.
        checkpoint_seconds: at least so long between two snapshots; 0 for none.
    """
    values = hyperparameters(settings, data.card)
    key = trial_key(values, data)
    announce(key)
    RUNNING.mkdir(parents=True, exist_ok=True)
    with FileLock(RUNNING / f"{key}.lock"):
        adopt(key)
        stored = read_summary(STORE / key)
        if stored is not None:
            return {**stored, "reused": True}
        with closing(RunningTrial(key, resolved(settings, values), checkpoint_seconds)) as trial:
            return _train(trial, values, data, follow)


def _train(trial: RunningTrial, values: Hyperparameters, data: OpenData, follow: Follower) -> dict[str, Any]:
    def on_epoch(epoch: int, record: Record) -> None:
        trial.on_epoch(epoch, record)
        follow(epoch, record)

    try:
        train, validation = rows_of(data)
        outcome = validate(values, train, validation, data.groups, data.card, on_epoch, trial.checkpoints)
    except (OSError, HoldoutError):
        raise
    except Exception as error:  # any bug or lack of memory in one trial must not lose the others
        return trial.finish(_failure(error, data.card))
    return trial.finish(_summary(outcome), outcome)
