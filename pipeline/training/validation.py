"""How a trial is validated (notes §5): the hold-out method, K-fold cross-validation, or leave-one-out."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.feed.chronology import chronological
from pipeline.feed.equality import same_rows
from pipeline.feed.folds import folds, leave_one_out
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema
from pipeline.training.deciding import decided
from pipeline.training.fit import OnEpoch, Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.measurements import Record
from pipeline.training.metrics import averaged_metric, weighted_mean
from pipeline.training.snapshots import NO_SNAPSHOTS, OfFold, Snapshots
from pipeline.training.stopping import Stopping

Array = np.ndarray
Fold = dict[str, Any]  # best_epoch and metrics of a fold's training; weight: what its rows weigh together


def validate(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows,
    schema: Schema,
    on_epoch: OnEpoch = lambda epoch, record: None,
    snapshots: Snapshots = NO_SNAPSHOTS,
) -> Outcome:
    """Train and score by the scheme of the settings.

    Under hold-out the model is trained on ``train`` and scored on ``validation``. Otherwise both together are dealt
    to folds; each is left out once, with its own preprocessing and early stopping, and the score is the average
    squared error over these trials. The model is then fitted to all the rows, for the median of their best epochs.
    Rows of one group stay in one fold, as equal rows do. Where rows have weights, a fold counts by those of its rows.
    Where they have times, folds are blocks of time, one after the other.

    Args:
        on_epoch: called after each epoch of the hold-out training, or of the final fit.

    Raises:
        HoldoutError: there are fewer rows or groups than folds, or rows with times are to be left out one by one.
    """
    if settings.validation.name == "hold_out":
        outcome = fit(settings, train, validation, schema, on_epoch, snapshots=snapshots)
        return decided(outcome, settings.decision, train, validation)
    rows = train + validation
    snapshot = snapshots.load()
    done: list[Fold] = snapshot.facts["done"] if snapshot else []
    for number, held in enumerate(_deal(settings, rows, schema), 1):
        if number <= len(done):
            continue
        kept = np.setdiff1d(np.arange(len(rows)), held)
        inside = OfFold(snapshots, number, done)
        outcome = fit(settings, rows.take(kept), rows.take(held), schema, snapshots=inside)
        if outcome.status != "finished":
            return dataclasses.replace(outcome, reason=f"fold {number}: {outcome.reason}")
        weight = 1.0 if rows.importance is None else float(rows.importance[held].sum())
        done.append({"best_epoch": outcome.best_epoch, "metrics": outcome.metrics, "weight": weight})
    return _final(settings, rows, schema, done, on_epoch, OfFold(snapshots, len(done) + 1, done))


def _deal(settings: Hyperparameters, rows: Rows, schema: Schema) -> list[Array]:
    equal, how = same_rows(rows.X), settings.validation
    if how.name == "leave_one_out":
        if rows.moments is not None:
            raise HoldoutError(
                "settings: validation.name=leave_one_out can't be used on rows that are dealt by time, for what comes "
                "just before and after a row would tell of it: use k_fold (blocks of time) or hold_out"
            )
        return leave_one_out(len(rows), rows.groups, equal)
    if rows.moments is not None:
        return list(chronological(rows.moments, rows.groups, [1] * how.folds, equal))
    return folds(rows.y, rows.groups, how.folds, settings.seed, schema.task == CLASSIFICATION, equal)


def median_epoch(epochs: Sequence[int]) -> int:
    """The median, rounded up where it lies between two epochs."""
    return int(np.ceil(np.median(epochs)))


def summarize(folds: Sequence[Fold]) -> Record:
    """Mean and standard deviation (``…_spread``) of each validation metric over the folds' best epochs."""
    found: Record = {}
    weights = np.array([fold["weight"] for fold in folds])
    equal = bool((weights == weights[0]).all())
    for name in folds[0]["metrics"]:
        if name.startswith("validation/") and not name.endswith("/r2"):
            values = np.array([fold["metrics"][name] for fold in folds])
            mean = weighted_mean(values, None if equal else weights)
            found |= {name: float(mean), f"{name}_spread": float(values.std(ddof=1))}
    return found


def _final(
    settings: Hyperparameters,
    rows: Rows,
    schema: Schema,
    folds: Sequence[Fold],
    on_epoch: OnEpoch,
    snapshots: Snapshots,
) -> Outcome:
    epochs = median_epoch([fold["best_epoch"] for fold in folds])
    final = dataclasses.replace(settings, stopping=Stopping(epochs=epochs, patience=0))
    outcome = fit(final, rows, None, schema, on_epoch, snapshots=snapshots)
    if outcome.status != "finished":
        return dataclasses.replace(outcome, reason=f"final fit: {outcome.reason}")
    metrics, metric = summarize(folds), f"validation/{averaged_metric(schema)}"
    metrics |= {name: value for name, value in outcome.record.items() if name.startswith("train/")}
    return dataclasses.replace(
        outcome, best_epoch=epochs, model=outcome.last, metrics=metrics, metric=metric, score=metrics[metric]
    )
