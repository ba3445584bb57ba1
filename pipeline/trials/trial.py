"""One trial: reuse it if the store has it, else train it and keep what came out."""

import dataclasses
import functools
import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

from filelock import FileLock

from pipeline.configuration.settings import resolve
from pipeline.data.card import Card
from pipeline.errors import HoldoutError, Interrupted
from pipeline.storage.parts import OpenData, read_split
from pipeline.storage.places import GROWING, TRIALS
from pipeline.training.fit import INTERRUPTED, Outcome
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.interruption import deferred
from pipeline.training.measurements import Record
from pipeline.training.validation import validate
from pipeline.trials.folder import FAILED
from pipeline.trials.keys import noted, trial_key
from pipeline.trials.recorder import Recorder, place
from pipeline.trials.room_for_rows import check_rows
from pipeline.trials.store import reusable

Follower = Callable[[int, Record], None]


@functools.cache
def open_split() -> OpenData:
    """The training and validation parts and their card, read once per process."""
    return read_split()


def run_trial(
    settings: Hyperparameters,
    data: OpenData,
    follow: Follower = lambda epoch, record: None,
    announce: Callable[[str], None] = lambda key: None,
    checkpoint_seconds: float = 0.0,
) -> dict[str, Any]:
    """Train one trial, or find it finished; returns its summary.

    A trial that diverges or raises is recorded with its reason and does not stop its sweep. A mistake in the
    settings is the user's and raises HoldoutError before anything is trained; a full disk or the like raises OSError,
    and the trial goes on from its last snapshot when it is run again. Ctrl-C ends it after the epoch, with a snapshot
    and the best model so far, and raises Interrupted.

    Args:
        follow: called after each epoch with its number and metrics.
        announce: called with the trial's key before it starts.
        checkpoint_seconds: at least so long between two snapshots; 0 for none.
    """
    settings = resolve(settings, data.card)
    key = trial_key(settings, data)
    announce(key)
    GROWING.mkdir(parents=True, exist_ok=True)
    with FileLock(GROWING / f"{key}.lock"):
        _adopt(key)
        stored = reusable(TRIALS / key)
        if stored is not None:
            return {**stored.summary, "reused": True}
        check_rows(settings, data)
        with closing(Recorder(key, dataclasses.asdict(settings), checkpoint_seconds, noted(data))) as recorder:
            return _train(recorder, settings, data, follow)


def find_trained(settings: Hyperparameters, data: OpenData) -> dict[str, Any] | None:
    """The summary of a trial that the store has, as ``run_trial`` returns it; None where it is to be trained.

    Args:
        settings: as ``resolve`` gives them.
    """
    trial = reusable(TRIALS / trial_key(settings, data))
    return None if trial is None else {**trial.summary, "reused": True}


def _adopt(key: str) -> None:
    """Bring a trial to its place that had all its files when its process was killed."""
    folder = GROWING / key
    if folder.is_dir() and not folder.is_symlink() and reusable(folder):
        place(key)


def _train(recorder: Recorder, settings: Hyperparameters, data: OpenData, follow: Follower) -> dict[str, Any]:
    def on_epoch(epoch: int, record: Record) -> None:
        recorder.on_epoch(epoch, record)
        follow(epoch, record)

    try:
        with deferred():  # between folds as well
            outcome = validate(settings, data.train, data.validation, data.card, on_epoch, recorder.snapshots)
    except (OSError, HoldoutError):
        raise
    except Exception as error:  # any bug or lack of memory in one trial must not lose the others
        return recorder.finish(_failure(error, data.card))
    if outcome.status == INTERRUPTED:
        raise recorder.interrupted(outcome)
    summary = recorder.finish(_summary(outcome), outcome)
    if outcome.asked:
        raise Interrupted(f"trial {recorder.key} was just finished")
    return summary


def _summary(outcome: Outcome) -> dict[str, Any]:
    keep = ("status", "reason", "score", "metric", "best_epoch", "epochs", "stopped_by", "metrics")
    parameters = outcome.model.parameters if outcome.model else None
    return {**{name: getattr(outcome, name) for name in keep}, "parameters": parameters}


def _failure(error: Exception, card: Card) -> dict[str, Any]:
    outcome = Outcome(
        status=FAILED,
        reason=re.sub(r"\s+", " ", f"{type(error).__name__}: {error}"),
        stopped_by="error",
        epochs=0,
        best_epoch=0,
        score=None,
        metric=f"validation of {card.task}",
        model=None,
    )
    return _summary(outcome)
