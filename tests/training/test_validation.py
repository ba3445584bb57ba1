"""Cross-validation: who is left out when, what the score is, and what the final fit is made of."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from pipeline.errors import HoldoutError
from pipeline.feed.folds import folds, leave_one_out
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.feed.weighting import Weighting
from pipeline.training import determinism, training, validation
from pipeline.training.determinism import seeds
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters, Network, Validation, changed, resolved
from pipeline.training.metrics import score
from pipeline.training.model import Model
from pipeline.training.several import NOT_BEGUN, OneOfSeveral, Several, train_all
from pipeline.training.snapshots import NO_SNAPSHOTS
from pipeline.training.stopping import Stopping
from pipeline.training.validation import median_epoch, validate
from tests.training.test_fit import CLASSES, REAL, rings, settings_with

NOISE = Network((8,), output="identity", loss="squared_error")
K_FOLD = settings_with(30, 5, validation=Validation("k_fold", 4))


class Spy:
    """Notes what each training was given and what each fold was scored on, and does it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Hyperparameters, Rows, Rows | None]] = []
        self.outcomes: list[Outcome] = []
        self.left_out: list[Rows] = []
        self.scores: list[dict[str, float]] = []

    def fit(self, settings: Hyperparameters, train: Rows, held: Rows | None, *rest: Any, **more: Any) -> Outcome:
        self.calls.append((settings, train, held))
        self.outcomes.append(fit(settings, train, held, *rest, **more))
        return self.outcomes[-1]

    def score(self, model: Model, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> dict[str, float]:
        self.left_out.append(Rows(X, y, importance=weights))
        self.scores.append(score(model, X, y, weights))
        return self.scores[-1]

    def folds(self) -> Iterator[tuple[Rows, Rows, Rows]]:
        """What each fold learned from, was stopped by, and left out."""
        for (_, learned, watched), held in zip(self.calls, self.left_out, strict=False):
            assert watched
            yield learned, watched, held


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    made = Spy()
    monkeypatch.setattr(validation, "fit", made.fit)
    monkeypatch.setattr(validation, "score", made.score)
    monkeypatch.setattr(determinism, "cores", lambda: 1)  # it notes them in their order
    return made


def keys(rows: Rows) -> set[tuple[float, ...]]:
    return {tuple(row) for row in rows.X}


def test_each_row_is_left_out_once_and_learned_from_or_watched_otherwise(spy: Spy) -> None:
    """50 + 25 rows in 4 folds: N needn't be divisible by K."""
    train, held = rings(1, 50), rings(2, 25)
    validate(K_FOLD, train, held, CLASSES)
    everyone = keys(train) | keys(held)
    assert sorted(len(part) for part in spy.left_out) == [18, 19, 19, 19]
    assert set().union(*map(keys, spy.left_out)) == everyone
    for learned, watched, left in spy.folds():
        assert keys(learned) | keys(watched) == everyone - keys(left)
        assert len(learned) + len(watched) + len(left) == 75
        assert abs(len(learned) - 5 * len(watched)) < 6


def test_the_score_is_the_average_squared_error_with_its_spread(spy: Spy) -> None:
    outcome = validate(K_FOLD, rings(1), rings(2), CLASSES)
    errors = [found["squared_error"] for found in spy.scores]
    assert outcome.metric == "validation/squared_error"
    assert outcome.score == pytest.approx(np.mean(errors))
    assert outcome.metrics["validation/squared_error_spread"] == pytest.approx(np.std(errors, ddof=1))
    assert outcome.metrics["validation/accuracy"] == pytest.approx(np.mean([found["accuracy"] for found in spy.scores]))


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


def test_preprocessing_and_stopping_are_per_fold_by_what_folds_are_scored_by(spy: Spy) -> None:
    validate(K_FOLD, rings(1), rings(2), CLASSES)
    for (learned, _, _), outcome in zip(spy.folds(), spy.outcomes, strict=False):
        assert outcome.model is not None
        assert outcome.metric == "validation/squared_error"
        np.testing.assert_allclose(outcome.model.inputs.affine.mean, learned.X.mean(axis=0))
    assert len({outcome.epochs for outcome in spy.outcomes[:-1]}) > 1


@pytest.mark.parametrize("how", [Validation("k_fold", 5), Validation("leave_one_out")], ids=lambda how: how.name)
def test_what_scores_never_chooses(how: Validation) -> None:
    """Pure noise can't be predicted better than by its mean: no score is below its variance (but for chance)."""
    settings = changed(K_FOLD, {"network": NOISE, "optimizer.learning_rate": 0.03, "validation": how})
    shares = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        rows = Rows(rng.normal(size=(40, 4)), rng.normal(size=40))
        parts = rows.take(np.arange(30)), rows.take(np.arange(30, 40))
        outcome = validate(changed(settings, {"seed": seed}), *parts, Schema("regression", tuple("abcd"), ()))
        assert outcome.score
        shares.append(outcome.score / rows.y.var())
    assert min(shares) > 0.95
    assert np.mean(shares) > 1


def test_leave_one_out_fits_a_final_model_that_has_learned(spy: Spy) -> None:
    X, y = load_iris(return_X_y=True)
    rows, schema = Rows(X, y), Schema("classification", tuple("abcd"), ("setosa", "versicolor", "virginica"))
    order = np.random.default_rng(5).permutation(150)
    parts = rows.take(order[:20]), rows.take(order[20:60])
    settings = resolved(changed(Hyperparameters(), {"validation.name": "leave_one_out"}), schema)
    model = validate(settings, *parts, schema).model
    assert model
    assert (model.predict(X[order[60:]]) == y[order[60:]]).mean() >= 0.93


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
    for part in (part for fold in spy.folds() for part in fold):
        inside = np.array([tuple(row) in keys(part) for row in X])
        assert all(len(set(inside[groups == g])) == 1 for g in set(groups))
        assert inside[3] == inside[45]


def test_folds_of_rows_with_times_are_blocks_of_time(spy: Spy) -> None:
    train, held, times = rings(1, 50), rings(2, 25), np.random.default_rng(1).permutation(75).astype(float)
    parts = Rows(train.X, train.y, moments=times[:50]), Rows(held.X, held.y, moments=times[50:])
    validate(K_FOLD, *parts, CLASSES)
    X = np.vstack([train.X, held.X])
    at = {tuple(row): time for row, time in zip(X, times, strict=True)}
    blocks = [[at[key] for key in keys(part)] for part in spy.left_out]
    assert [(min(block), max(block)) for block in blocks] == [(0, 18), (19, 37), (38, 56), (57, 74)]
    for learned, watched, _ in spy.folds():
        assert max(at[key] for key in keys(learned)) < min(at[key] for key in keys(watched))
    with pytest.raises(HoldoutError, match=r"leave_one_out can't be used on rows that are dealt by time.*use k_fold"):
        validate(settings_with(4, validation=Validation("leave_one_out")), *parts, CLASSES)


def test_a_fold_counts_by_the_weights_of_its_rows(spy: Spy) -> None:
    train, held, weights = rings(1, 50), rings(2, 25), np.arange(1.0, 76)
    parts = (Rows(part.X, part.y, importance=w) for part, w in ((train, weights[:50]), (held, weights[50:])))
    outcome = validate(K_FOLD, *parts, CLASSES)
    shares = [part.importance.sum() for part in spy.left_out if part.importance is not None]
    for name in ("squared_error", "error"):
        average = np.average([found[name] for found in spy.scores], weights=shares)
        assert outcome.metrics[f"validation/{name}"] == pytest.approx(average)


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
    assert [len(held) for held in spy.left_out] == [1] * 17
    assert outcome.metric == "validation/squared_error"
    assert len({tuple(sorted(keys(watched))) for _, watched, _ in spy.folds()}) > 10  # each fold is stopped by others


@pytest.mark.parametrize(("rows", "groups"), [(4, None), (12, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])])
def test_too_few_rows_to_stop_by_are_refused_in_one_line(rows: int, groups: list[int] | None) -> None:
    data = rings(1, rows)
    parts = Rows(data.X, data.y, None if groups is None else np.array(groups)), rings(2, 0)
    how = settings_with(4, validation=Validation("leave_one_out"))
    with pytest.raises(HoldoutError, match=r"leave_one_out can't be used on so few rows.*use hold_out, or more rows"):
        validate(
            how, *(parts if groups is None else (parts[0].take(np.arange(8)), parts[0].take(np.arange(8)))), CLASSES
        )


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


def test_several_seeds_are_one_candidate_with_a_mean_and_a_spread_and_the_first_network_is_kept() -> None:
    train, held = rings(1), rings(2)
    settings = settings_with(8, 3)
    many = validate(changed(settings, {"validation.seeds": 3}), train, held, CLASSES)
    alone = [validate(changed(settings, {"seed": seed}), train, held, CLASSES) for seed in seeds(settings.seed, 3)]
    scores = [float(one.score or 0) for one in alone]
    assert many.score == pytest.approx(np.mean(scores))
    assert many.metrics["validation/error_spread"] == pytest.approx(np.std(scores, ddof=1))
    assert many.metrics["kept/error"] == alone[0].score
    assert many.model and alone[0].model
    np.testing.assert_array_equal(many.model.weights[0], alone[0].model.weights[0])
    assert many.errors is not None
    assert many.errors.mean() == pytest.approx(many.score)


def test_repeated_folds_deal_all_rows_anew_and_average_over_all_of_them(spy: Spy) -> None:
    twice = validate(changed(K_FOLD, {"validation.repeats": 2}), rings(1, 40), rings(2, 20), CLASSES)
    assert len(spy.scores) == 8
    first, second = spy.left_out[:4], spy.left_out[4:]
    assert set().union(*map(keys, first)) == set().union(*map(keys, second))
    assert [keys(part) for part in first] != [keys(part) for part in second]
    assert twice.score == pytest.approx(np.mean([found["squared_error"] for found in spy.scores]))
    assert twice.errors is not None
    assert twice.errors.mean() == pytest.approx(twice.score)


def test_what_each_row_adds_to_the_score_is_told() -> None:
    for how in (Validation(), K_FOLD.validation):
        outcome = validate(changed(settings_with(4, 2), {"validation": how}), rings(1), rings(2), CLASSES)
        assert outcome.errors is not None
        assert outcome.errors.mean() == pytest.approx(outcome.score, rel=1e-6)


@pytest.mark.parametrize("how", [Validation("k_fold", 3, repeats=2), Validation(seeds=4)], ids=lambda how: how.name)
def test_trainings_side_by_side_give_what_they_give_one_by_one(how: Validation, monkeypatch: Any) -> None:
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(determinism, "cores", lambda cores=cores: cores)
        found.append(validate(settings_with(6, 3, validation=how), rings(1), rings(2), CLASSES))
    one, other = found
    assert (one.metrics, one.score, one.best_epoch) == (other.metrics, other.score, other.best_epoch)
    assert one.model and other.model
    for a, b in zip([*one.model.weights, one.errors], [*other.model.weights, other.errors], strict=True):
        np.testing.assert_array_equal(a, b)


def test_which_training_is_the_first_to_fail_does_not_depend_on_which_fails_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(determinism, "cores", lambda: 3)

    def part(number: int, snapshots: OneOfSeveral) -> tuple[Outcome, dict[str, Any]]:
        time.sleep(0.02 / number)
        begun.append(number)
        return replace(NOT_BEGUN, status="diverged" if number > 1 else "finished", reason=f"that of {number}"), {}

    begun: list[int] = []
    found = train_all({number: partial(part, number) for number in range(1, 9)}, Several(NO_SNAPSHOTS))
    assert next(one.reason for one in found.values() if one.status != "finished") == "that of 2"
    assert max(begun) <= 3 and list(found) == list(range(1, 9))
