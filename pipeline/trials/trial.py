"""One trial: reuse it if the store has it, else train it and keep what came out."""

import dataclasses
import functools
import json
import re
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from pipeline.configuration.settings import resolve
from pipeline.data.card import Card
from pipeline.errors import HoldoutError, Interrupted
from pipeline.storage import atomic, documents
from pipeline.storage.parts import OpenData, read_split
from pipeline.storage.places import GROWING, TRIALS
from pipeline.training.fit import INTERRUPTED, Outcome
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.interruption import Asked, deferred
from pipeline.training.measurements import Record
from pipeline.training.metrics import main_metric
from pipeline.training.validation import validate
from pipeline.trials.claiming import let_go
from pipeline.trials.folder import FAILED, SETTINGS, grown
from pipeline.trials.keys import noted, trial_key
from pipeline.trials.meeting import alone
from pipeline.trials.pausing import Paused, UntilEpoch, check_pausable
from pipeline.trials.pruning import take_up
from pipeline.trials.recorder import Recorder, place
from pipeline.trials.room_for_rows import check_rows
from pipeline.trials.whole import reusable, standing

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
    until: int | None = None,
    wait: bool = True,
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
        until: pause after that epoch, if the trial has not ended by then, with the summary so far. A trial that has
            come so far is not trained, and its summary is that of its first epochs.
        wait: while another process trains it; else TrainedElsewhere is raised at once.
    """
    settings = resolve(settings, data.card)
    key = trial_key(settings, data)
    announce(key)
    atomic.make_folder(GROWING)
    with alone(key, wait):
        _adopt(key)
        if (found := _known(key, settings, data.card, until)) is not None:
            return found
        check_rows(settings, data)
        take_up(key)
        try:
            with closing(Recorder(key, dataclasses.asdict(settings), checkpoint_seconds, noted(data))) as recorder:
                return _train(recorder, settings, data, follow, until)
        except OSError:
            # Where locks don't hold, another has trained it too, and was first: the bytes are the same.
            if (found := _known(key, settings, data.card, until)) is None:
                raise
            let_go(key)
            return found


def find_trained(settings: Hyperparameters, data: OpenData, until: int | None = None) -> dict[str, Any] | None:
    """The summary of a trial that the store has, as ``run_trial`` returns it; None where it is to be trained.

    Args:
        settings: as ``resolve`` gives them; until: as for ``run_trial``.
    """
    return _known(trial_key(settings, data), settings, data.card, until)


def _known(key: str, settings: Hyperparameters, card: Card, until: int | None) -> dict[str, Any] | None:
    if _misnamed(key, settings):
        return None
    if until is None or until >= settings.stopping.epochs:
        trial = reusable(TRIALS / key)
        return None if trial is None else {**trial.summary, "reused": True}
    check_pausable(settings)
    found = standing(key, until, scored_by(card))
    return None if found is None else {**found, "reused": True}


def scored_by(card: Card) -> str:
    """The metric that chooses among the epochs of a trial, and among trials, with its part."""
    return f"validation/{main_metric(card)}"


def _misnamed(key: str, settings: Hyperparameters) -> bool:
    """Whether the stored trial has other settings than its key stands for: it came from elsewhere, by a false name."""
    found = documents.read_object(TRIALS / key / SETTINGS)
    return bool(found) and found != json.loads(documents.as_json(dataclasses.asdict(settings)))


def _adopt(key: str) -> None:
    """Bring a trial to its place that had all its files when its process was killed."""
    folder = grown(key)
    if folder is not None and not folder.is_symlink() and reusable(folder):
        with suppress(FileNotFoundError):  # its process is just doing so
            place(folder, key)


def _train(
    recorder: Recorder, settings: Hyperparameters, data: OpenData, follow: Follower, until: int | None
) -> dict[str, Any]:
    def on_epoch(epoch: int, record: Record) -> None:
        recorder.on_epoch(epoch, record)
        follow(epoch, record)

    snapshots = recorder.snapshots if until is None else UntilEpoch(recorder, until)
    try:
        with deferred() as asked:  # between folds as well
            outcome = validate(settings, data.train, data.validation, data.card, on_epoch, snapshots)
    except Paused:
        return _paused(recorder.key, recorder.epochs, data.card, asked)
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


def _paused(key: str, epochs: int, card: Card, asked: Asked) -> dict[str, Any]:
    if asked():
        raise Interrupted(f"trial {key} has just paused after epoch {epochs}")
    found = standing(key, epochs, scored_by(card))
    assert found is not None
    return found


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
