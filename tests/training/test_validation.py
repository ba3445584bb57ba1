"""Cross-validation: who is left out when, what the score is, and what the final fit is made of."""

from typing import Any

import numpy as np
import pytest

from pipeline.errors import HoldoutError
from pipeline.feed.folds import folds, leave_one_out
from pipeline.feed.rows import Rows
from pipeline.feed.weighting import Weighting
from pipeline.training import training, validation
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters, Network, Validation, changed
from pipeline.training.stopping import Stopping
from pipeline.training.validation import median_epoch, validate
from tests.training.test_fit import CLASSES, REAL, rings, settings_with

K_FOLD = settings_with(30, 5, validation=Validation("k_fold", 4))


class Spy:
    """Notes what each training was given, and does it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Hyperparameters, Rows, Rows | None]] = []
        self.outcomes: list[Outcome] = []

    def __call__(self, settings: Hyperparameters, train: Rows, held: Rows | None, *rest: Any, **more: Any) -> Outcome:
        self.calls.append((settings, train, held))
        self.outcomes.append(fit(settings, train, held, *rest, **more))
        return self.outcomes[-1]


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    made = Spy()
    monkeypatch.setattr(validation, "fit", made)
    return made


def keys(rows: Rows) -> set[tuple[float, ...]]:
    return {tuple(row) for row in rows.X}


def test_each_row_is_left_out_once_and_trained_on_otherwise(spy: Spy) -> None:
    """50 + 25 rows in 4 folds: N needn't be divisible by K."""
    train, held = rings(1, 50), rings(2, 25)
    validate(K_FOLD, train, held, CLASSES)
    everyone = keys(train) | keys(held)
    left_out = [keys(part) for _, _, part in spy.calls[:-1] if part]
    assert sorted(len(part) for part in left_out) == [18, 19, 19, 19]
    assert set().union(*left_out) == everyone
    for (_, kept, _), part in zip(spy.calls, left_out, strict=False):
        assert keys(kept) == everyone - part


def test_the_score_is_the_average_squared_error_with_its_spread(spy: Spy) -> None:
    outcome = validate(K_FOLD, rings(1), rings(2), CLASSES)
    errors = [o.metrics["validation/squared_error"] for o in spy.outcomes[:-1]]
    assert outcome.metric == "validation/squared_error"
    assert outcome.score == pytest.approx(np.mean(errors))
    assert outcome.metrics["validation/squared_error_spread"] == pytest.approx(np.std(errors, ddof=1))
    accuracies = [o.metrics["validation/accuracy"] for o in spy.outcomes[:-1]]
    assert outcome.metrics["validation/accuracy"] == pytest.approx(np.mean(accuracies))


def test_the_final_fit_is_on_all_rows_for_the_median_best_epoch(spy: Spy) -> None:
    outcome = validate(K_FOLD, rings(1), rings(2), CLASSES)
    best = [o.best_epoch for o in spy.outcomes[:-1]]
    settings, rows, held = spy.calls[-1]
    assert held is None
    assert len(rows.y) == 240
    assert settings.stopping == Stopping(median_epoch(best), patience=0)
    assert outcome.epochs == outcome.best_epoch == median_epoch(best)
    assert outcome.model is spy.outcomes[-1].last
    assert outcome.model is not None
    np.testing.assert_allclose(outcome.model.inputs.affine.mean, np.vstack([rings(1).X, rings(2).X]).mean(axis=0))


def test_preprocessing_and_stopping_are_per_fold(spy: Spy) -> None:
    validate(K_FOLD, rings(1), rings(2), CLASSES)
    for (_, kept, _), outcome in zip(spy.calls[:-1], spy.outcomes, strict=False):
        assert outcome.model is not None
        np.testing.assert_allclose(outcome.model.inputs.affine.mean, kept.X.mean(axis=0))
    assert len({outcome.epochs for outcome in spy.outcomes[:-1]}) > 1


@pytest.mark.parametrize(("epochs", "expected"), [([3], 3), ([1, 9, 4], 4), ([2, 3], 3), ([2, 2, 5, 9], 4)])
def test_the_median_lies_between_two_epochs_at_most_once(epochs: list[int], expected: int) -> None:
    assert median_epoch(epochs) == expected


def test_groups_and_repeated_rows_stay_in_one_fold(spy: Spy) -> None:
    train, held = rings(1, 40), rings(2, 20)
    train.X[3] = held.X[5]
    groups = np.arange(60) // 3
    parts = Rows(train.X, train.y, groups[:40]), Rows(held.X, held.y, groups[40:])
    validate(changed(K_FOLD, {"validation.folds": 3}), *parts, CLASSES)
    X = np.vstack([train.X, held.X])
    for _, _, part in spy.calls[:-1]:
        assert part
        inside = np.array([tuple(row) in keys(part) for row in X])
        assert all(len(set(inside[groups == g])) == 1 for g in set(groups))
        assert inside[3] == inside[45]


def test_folds_of_rows_with_times_are_blocks_of_time(spy: Spy) -> None:
    train, held, times = rings(1, 50), rings(2, 25), np.random.default_rng(1).permutation(75).astype(float)
    parts = Rows(train.X, train.y, moments=times[:50]), Rows(held.X, held.y, moments=times[50:])
    validate(K_FOLD, *parts, CLASSES)
    blocks = [part.moments for _, _, part in spy.calls[:-1] if part]
    assert [(block.min(), block.max()) for block in blocks] == [(0, 18), (19, 37), (38, 56), (57, 74)]  # type: ignore[union-attr]
    with pytest.raises(HoldoutError, match=r"leave_one_out can't be used on rows that are dealt by time.*use k_fold"):
        validate(settings_with(4, validation=Validation("leave_one_out")), *parts, CLASSES)


def test_a_fold_counts_by_the_weights_of_its_rows(spy: Spy) -> None:
    train, held, weights = rings(1, 50), rings(2, 25), np.arange(1.0, 76)
    parts = (Rows(part.X, part.y, importance=w) for part, w in ((train, weights[:50]), (held, weights[50:])))
    outcome = validate(K_FOLD, *parts, CLASSES)
    folds = [
        (part.importance.sum(), o.metrics) for (_, _, part), o in zip(spy.calls, spy.outcomes, strict=True) if part
    ]
    shares, found = zip(*folds, strict=True)
    for name in ("validation/squared_error", "validation/error"):
        assert outcome.metrics[name] == pytest.approx(np.average([one[name] for one in found], weights=shares))


def test_classes_are_balanced_on_the_rows_of_each_fold(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Rows] = []
    made = training.weighed
    monkeypatch.setattr(training, "weighed", lambda rows, *rest: seen.append(rows) or made(rows, *rest))
    balanced = changed(K_FOLD, {"weighting": Weighting("balanced")})
    validate(balanced, rings(1, 50), rings(2, 25), CLASSES)
    assert [keys(rows) for rows in seen] == [keys(kept) for _, kept, _ in spy.calls]


def test_leave_one_out_leaves_each_row_out_alone(spy: Spy) -> None:
    settings = settings_with(4, validation=Validation("leave_one_out"))
    outcome = validate(settings, rings(1, 12), rings(2, 5), CLASSES)
    assert [len(held.y) for _, _, held in spy.calls[:-1] if held] == [1] * 17
    assert outcome.metric == "validation/squared_error"


def test_a_regression_is_scored_by_its_squared_error() -> None:
    def line(rows: Rows) -> Rows:
        return Rows(rows.X, 5 + 3 * rows.X.sum(axis=1))

    settings = changed(K_FOLD, {"network.output": "identity", "network.loss": "squared_error"})
    outcome = validate(settings, line(rings(1)), line(rings(2)), REAL)
    assert outcome.metric == "validation/mse"
    assert outcome.score is not None and outcome.score < 0.5
    assert "validation/r2" not in outcome.metrics  # a fold's own variance is no scale for its error


def test_a_fold_that_diverges_is_named() -> None:
    linear = Network((8,), "identity", "identity", "squared_error", dtype="float64")
    settings = changed(K_FOLD, {"optimizer.learning_rate": 1e9, "network": linear})
    outcome = validate(settings, rings(1), rings(2), CLASSES)
    assert outcome.status == "diverged"
    assert outcome.reason.startswith("fold 1: ")


def test_more_folds_than_rows_are_refused() -> None:
    with pytest.raises(HoldoutError, match=r"validation\.folds=9 is too many for 8 rows \(or groups\): use at most 8"):
        folds(np.arange(8.0), None, 9, 0, False, np.arange(8))


def test_classes_are_dealt_evenly_where_there_are_enough() -> None:
    y = np.repeat([0, 1], [40, 10])
    for fold in folds(y, None, 5, 0, True, np.arange(50)):
        assert (y[fold] == 1).sum() == 2
    assert len(folds(np.repeat([0, 1], [48, 2]), None, 5, 0, True, np.arange(50))) == 5


def test_tied_rows_are_left_out_together() -> None:
    found = leave_one_out(5, np.array([0, 0, 1, 2, 3]), np.array([0, 1, 2, 3, 2]))
    assert sorted(tuple(sorted(fold)) for fold in found) == [(0, 1), (2, 4), (3,)]
