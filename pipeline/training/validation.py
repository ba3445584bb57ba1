"""How a trial is validated (notes §5): the hold-out method, K-fold cross-validation, or leave-one-out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.totals import deviation, mean, total
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema
from pipeline.training.breakdown import row_scores
from pipeline.training.dealer import Dealer
from pipeline.training.deciding import decided
from pipeline.training.determinism import one_thread, seeds
from pipeline.training.fit import INTERRUPTED, OnEpoch, Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.interruption import deferred
from pipeline.training.measurements import Record
from pipeline.training.metrics import averaged_metric, main_metric, score, weighted_mean
from pipeline.training.model import Model
from pipeline.training.several import Found, OneOfSeveral, Several, train_all
from pipeline.training.snapshots import NO_SNAPSHOTS, Snapshots
from pipeline.training.stopping import Stopping

Array = np.ndarray


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
    to folds; each is left out once, with its own preprocessing, and the score is the average squared error over these
    trials. What is left out scores and never chooses: each training is stopped by a sixth of its own rows, which are
    dealt from them as the folds are from all. The model is then fitted to all the rows, for the median of their best
    epochs. Rows of one group stay together, as equal rows do. Where rows have weights, a fold counts by those of its
    rows. Where they have times, folds are blocks of time, one after the other. ``repeats`` deals all rows anew, from
    other seeds; ``seeds`` trains several networks by hold-out. The score is the mean over all of them.

    Args:
        on_epoch: called after each epoch of the hold-out training, or of the final fit.

    Raises:
        HoldoutError: there are fewer rows or groups than folds, a fold leaves too few of them to stop its training by
            some, or rows with times are to be left out one by one.
    """
    if settings.validation.name == "hold_out":
        found = _seeds if settings.validation.seeds > 1 else _held_out
        outcome = found(settings, train, validation, schema, on_epoch, snapshots)
        return decided(outcome, settings.decision, train, validation)
    with deferred() as asked:
        outcome = _cross_validated(settings, train + validation, schema, on_epoch, snapshots)
    return replace(outcome, asked=outcome.asked or asked())


def _cross_validated(
    settings: Hyperparameters, rows: Rows, schema: Schema, on_epoch: OnEpoch, snapshots: Snapshots
) -> Outcome:
    kept, folds = Several(snapshots), dict(enumerate(_folds(settings, rows, schema), 1))
    parts = {number: partial(fold.train, settings, rows, schema) for number, fold in folds.items()}
    for number, outcome in train_all(parts, kept).items():
        if outcome.status != "finished":
            return replace(outcome, reason=f"{folds[number].said}: {outcome.reason}".removesuffix(": "))
    return _final(settings, rows, schema, [kept.done[number] for number in folds], on_epoch, kept.of(len(folds) + 1))


class _LeftOut(NamedTuple):
    """One training of a cross-validation: its seed, who deals its rows, its fold, its name, and who is left out."""

    seed: int
    dealer: Dealer
    fold: int
    said: str
    held: Array

    def train(
        self, settings: Hyperparameters, rows: Rows, schema: Schema, snapshots: OneOfSeveral
    ) -> tuple[Outcome, Found]:
        """Train on the other rows, stop by some of them, and score those that are left out."""
        learned, watched = self.dealer.inside(self.fold, self.held)
        parts, watch = (rows.take(learned), rows.take(watched)), averaged_metric(schema)
        own = replace(settings, seed=self.seed)
        outcome = fit(own, *parts, schema, snapshots=snapshots, diagnostics=False, watch=watch)
        if outcome.status == "finished" and outcome.model is not None:
            outcome = _scored(outcome, outcome.model, rows.take(self.held))
        weight = 1.0 if rows.importance is None else float(total(rows.importance[self.held]))
        found = {"best_epoch": outcome.best_epoch, "metrics": outcome.metrics, "weight": weight}
        errors = {} if outcome.errors is None else {"rows": self.held.tolist(), "errors": outcome.errors.tolist()}
        return replace(outcome, model=None), found | errors


def _folds(settings: Hyperparameters, rows: Rows, schema: Schema) -> Iterator[_LeftOut]:
    """Each training of a cross-validation; first by the own seed."""
    repeats = settings.validation.repeats
    for repeat, seed in enumerate(seeds(settings.seed, repeats), 1):
        dealer = Dealer(settings.validation, rows, seed, schema.task == CLASSIFICATION)
        for fold, held in enumerate(dealer.folds(), 1):
            said = f"fold {fold}" if repeats == 1 else f"repeat {repeat}, fold {fold}"
            yield _LeftOut(seed, dealer, fold, said, held)


def _held_out(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows,
    schema: Schema,
    on_epoch: OnEpoch,
    snapshots: Snapshots,
    diagnostics: bool = True,
) -> Outcome:
    outcome = fit(settings, train, validation, schema, on_epoch, snapshots=snapshots, diagnostics=diagnostics)
    if outcome.model is None:
        return outcome
    return replace(outcome, errors=_each(outcome.model, validation, main_metric(schema)))


def _seeds(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows,
    schema: Schema,
    on_epoch: OnEpoch,
    snapshots: Snapshots,
) -> Outcome:
    """Several networks by themselves; that of the trial's own seed is kept, and ``kept/…`` tells of it alone.

    The trial's metrics are the means of theirs, with the spread over them.
    """
    with deferred() as asked:
        outcome = _averaged(settings, train, validation, schema, on_epoch, Several(snapshots))
    return replace(outcome, asked=outcome.asked or asked())


def _averaged(
    settings: Hyperparameters, train: Rows, validation: Rows, schema: Schema, on_epoch: OnEpoch, kept: Several
) -> Outcome:
    every = dict(enumerate(seeds(settings.seed, settings.validation.seeds), 1))
    own = every.pop(1)
    parts = {
        number: partial(_by_seed, replace(settings, seed=seed), train, validation, schema)
        for number, seed in every.items()
    }
    outcomes = train_all(parts, kept)
    if all(outcome.status == "finished" for outcome in outcomes.values()):
        last = _held_out(replace(settings, seed=own), train, validation, schema, on_epoch, kept.of(1))
        outcomes[1] = last
    for number, outcome in outcomes.items():
        if outcome.status != "finished":
            reason = f"seed {number} of {len(every) + 1}: {outcome.reason}"
            return replace(outcome, reason=reason.removesuffix(": "))
    done = [kept.done[number] for number in reversed(every)] + [_told(last)]
    means = summarize(done)
    single = {name.replace("validation/", "kept/"): last.metrics[name] for name in means if name in last.metrics}
    errors = mean(np.array([one["errors"] for one in done]))
    return replace(last, metrics=last.metrics | means | single, score=means[last.metric], errors=errors)


def _by_seed(
    settings: Hyperparameters, train: Rows, validation: Rows, schema: Schema, snapshots: OneOfSeveral
) -> tuple[Outcome, Found]:
    outcome = _held_out(settings, train, validation, schema, lambda epoch, record: None, snapshots, diagnostics=False)
    return replace(outcome, model=None), _told(outcome)


def _told(outcome: Outcome) -> Found:
    errors = {} if outcome.errors is None else {"errors": outcome.errors.tolist()}
    return {"best_epoch": outcome.best_epoch, "metrics": outcome.metrics, "weight": 1.0, **errors}


def _scored(outcome: Outcome, model: Model, held: Rows) -> Outcome:
    """The outcome with the metrics of the rows that were left out; diverged if one of them is not finite."""
    with one_thread():
        found = score(model, held.X, held.y, held.importance)
    metrics = {f"validation/{name}": value for name, value in found.items()}
    if broken := next((name for name, value in metrics.items() if not np.isfinite(value)), None):
        reason = f"{broken} is {metrics[broken]} on the rows that were left out"
        return replace(outcome, status="diverged", stopped_by="divergence", reason=reason, model=None)
    return replace(outcome, metrics=metrics, errors=_each(model, held, averaged_metric(model.schema)))


def _each(model: Model, rows: Rows, metric: str) -> Array:
    """What each of the rows that score adds to the metric, (rows,)."""
    with one_thread():
        return row_scores(model, rows, metric)


def median_epoch(epochs: Sequence[int]) -> int:
    """The median, rounded up where it lies between two epochs."""
    return int(np.ceil(np.median(epochs)))


def summarize(folds: Sequence[Found]) -> Record:
    """Mean and standard deviation (``…_spread``) of each validation metric over the folds."""
    found: Record = {}
    weights = np.array([fold["weight"] for fold in folds])
    equal = bool((weights == weights[0]).all())
    for name in folds[0]["metrics"]:
        if name.startswith("validation/") and not name.endswith("/r2"):
            values = np.array([fold["metrics"][name] for fold in folds])
            middle = weighted_mean(values, None if equal else weights)
            found |= {name: float(middle), f"{name}_spread": float(deviation(values))}
    return found


def refitted(
    settings: Hyperparameters,
    rows: Rows,
    schema: Schema,
    epochs: int,
    on_epoch: OnEpoch = lambda epoch, record: None,
    snapshots: Snapshots = NO_SNAPSHOTS,
) -> Outcome:
    """The outcome of a training on all these rows for so many epochs; no row scores the model of the last."""
    final = replace(settings, stopping=Stopping(epochs=epochs, patience=0))
    outcome = fit(final, rows, None, schema, on_epoch, snapshots=snapshots)
    return replace(outcome, best_epoch=outcome.epochs, model=outcome.last if outcome.status != "diverged" else None)


def _final(
    settings: Hyperparameters,
    rows: Rows,
    schema: Schema,
    folds: Sequence[Found],
    on_epoch: OnEpoch,
    snapshots: Snapshots,
) -> Outcome:
    epochs = median_epoch([fold["best_epoch"] for fold in folds])
    outcome = refitted(settings, rows, schema, epochs, on_epoch, snapshots)
    if outcome.status == INTERRUPTED:
        return replace(outcome, reason="final fit")
    if outcome.status != "finished":
        return replace(outcome, reason=f"final fit: {outcome.reason}")
    metrics, metric = summarize(folds), f"validation/{averaged_metric(schema)}"
    metrics |= {name: value for name, value in outcome.record.items() if name.startswith("train/")}
    errors = np.zeros(len(rows))
    for fold in folds:
        errors[fold["rows"]] += np.array(fold["errors"]) / settings.validation.repeats
    outcome = replace(outcome, best_epoch=epochs, metrics=metrics, errors=errors)
    return replace(outcome, metric=metric, score=metrics[metric])
