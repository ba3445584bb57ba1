"""The threshold of the rarer class: the best there is, and used wherever a model answers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score, recall_score

from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed
from pipeline.training.hyperparameters import Hyperparameters, Validation, changed, resolved
from pipeline.training.model import from_arrays
from pipeline.training.threshold import Decision, Threshold, best_threshold, rarer, rates
from pipeline.training.validation import validate
from tests.training.test_fit import CLASSES, REAL, settings_with

Array = np.ndarray


def worth(found: Array, positive: Array, decision: Decision, weights: Array) -> float:
    """As scikit-learn has it."""
    if decision.metric == "f1":
        return float(f1_score(positive, found, sample_weight=weights, zero_division=0))
    if decision.metric == "balanced_accuracy":
        return float(balanced_accuracy_score(positive, found, sample_weight=weights))
    missed, alarms = weights[positive & ~found].sum(), weights[~positive & found].sum()
    return -float((decision.cost * missed + alarms) / weights.sum())


@st.composite
def scored_rows(draw: st.DrawFn) -> tuple[Array, Array, Array]:
    """Scores with ties, some rows of either kind, and weights."""
    rows = draw(st.integers(2, 30))
    scores = draw(st.lists(st.sampled_from(np.linspace(0, 1, 9).tolist()), min_size=rows, max_size=rows))
    positive = draw(st.lists(st.booleans(), min_size=rows - 2, max_size=rows - 2))
    weights = draw(st.lists(st.integers(1, 3), min_size=rows, max_size=rows))
    return np.array(scores, np.float32), np.array([True, False, *positive]), np.array(weights, float)


@tried(deadline=None, max_examples=60)
@given(scored_rows(), st.sampled_from(["f1", "balanced_accuracy", "cost"]), st.floats(0.1, 20))
def test_no_other_threshold_is_better(found: tuple[Array, Array, Array], metric: str, cost: float) -> None:
    scores, positive, weights = found
    decision = Decision("chosen", metric, cost)
    best = worth(scores >= best_threshold(scores, positive, decision, weights), positive, decision, weights)
    others = [worth(scores >= cut, positive, decision, weights) for cut in [*np.unique(scores), np.inf]]
    assert best == pytest.approx(max(others))


def test_a_threshold_lies_halfway_and_of_equals_nearest_to_a_half() -> None:
    scores, positive = np.array([0.1, 0.2, 0.4, 0.9]), np.array([False, False, True, True])
    assert best_threshold(scores, positive, Decision("chosen", "f1")) == pytest.approx(0.3)
    mixed = np.array([False, True, False, True])  # from 0.15 on and from 0.65 on are equally good
    assert best_threshold(scores, mixed, Decision("chosen", "cost")) == pytest.approx(0.65)
    close = np.nextafter(np.float32(0.5), np.float32(1))
    both = np.array([0.5, close], np.float32)
    assert best_threshold(both, np.array([False, True]), Decision("chosen")) == close


@tried(deadline=None, max_examples=60)
@given(scored_rows())
def test_rates_agree_with_scikit_learn(found: tuple[Array, Array, Array]) -> None:
    scores, positive, weights = found
    said = scores >= 0.5
    made = rates(positive, said, weights)
    for name, of in (("f1", f1_score), ("recall", recall_score), ("precision", precision_score)):
        assert made[name] == pytest.approx(of(positive, said, sample_weight=weights, zero_division=0))
    assert made["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(positive, said, sample_weight=weights))


def rare(seed: int, rows: int = 1500) -> Rows:
    """About 3 % of the rows are of class 1, near the middle of the others."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.03).astype(np.int64)
    return Rows(rng.normal(size=(rows, 2)) + 1.2 * y[:, None], y)


def settings(name: str = "chosen", **values: object) -> Hyperparameters:
    return changed(settings_with(epochs=4), {"decision": Decision(name, **values)})  # type: ignore[arg-type]


def test_the_rarer_class_is_found_more_often_and_the_score_stays() -> None:
    plain = validate(settings("none"), rare(1), rare(2), CLASSES)
    outcome = validate(settings(metric="f1"), rare(1), rare(2), CLASSES)
    assert outcome.model
    assert plain.model
    assert outcome.model.threshold
    assert (outcome.score, outcome.best_epoch) == (plain.score, plain.best_epoch)
    assert outcome.metrics["validation/error"] == plain.metrics["validation/error"]
    held = rare(2)
    positive, outputs = held.y == 1, outcome.model.scores(held.X)
    brute = max(f1_score(positive, outputs[:, 1] >= cut, zero_division=0) for cut in np.unique(outputs[:, 1]))
    assert outcome.metrics["validation/f1"] == pytest.approx(brute)
    assert brute > f1_score(positive, plain.model.predict(held.X), zero_division=0)
    found = outcome.model.predict(held.X)
    assert outcome.metrics["validation/decided_error"] == pytest.approx(float((found != held.y).mean()))
    np.testing.assert_array_equal(found == 1, outputs[:, 1] >= outcome.model.threshold.least)


def test_a_given_threshold_is_used_and_comes_back_from_the_arrays() -> None:
    outcome = validate(settings("given", threshold=0.1), rare(1), rare(2), CLASSES)
    assert outcome.model
    assert outcome.model.threshold == Threshold(1, 0.1)
    again = from_arrays(outcome.model.to_arrays())
    assert again.threshold == Threshold(1, 0.1)
    np.testing.assert_array_equal(again.predict(rare(3).X), outcome.model.predict(rare(3).X))


def test_the_rarer_class_is_that_of_fewer_training_rows() -> None:
    assert [rarer(np.array(y)) for y in ([0, 0, 1], [0, 1, 1], [0, 1])] == [1, 0, 1]
    assert Threshold(0, 0.3).decide(np.array([[0.3, 0.7], [0.2, 0.8]])).tolist() == [0, 1]


THREE = Schema("classification", ("a", "b"), ("x", "y", "z"))
LABELS = dataclasses.replace(THREE, task="multilabel", targets=("x", "y", "z"))


@pytest.mark.parametrize(("schema", "found"), [(THREE, "3 classes"), (LABELS, "3 labels"), (REAL, "none")])
def test_other_tasks_are_refused(schema: Schema, found: str) -> None:
    wish = Hyperparameters(decision=Decision("chosen"))
    with pytest.raises(NotAllowed, match=f"decision.name=chosen needs two classes, and these data have {found}"):
        resolved(wish, schema)


def test_cross_validation_has_no_one_model_to_choose_for() -> None:
    wish = Hyperparameters(decision=Decision("given"), validation=Validation("k_fold"))
    with pytest.raises(NotAllowed, match=r"decision.name=given can't be used with validation.name=k_fold: .*hold_out"):
        resolved(wish, CLASSES)


def test_validation_rows_of_one_class_are_refused() -> None:
    held = rare(2)
    held = dataclasses.replace(held, y=np.zeros_like(held.y))
    with pytest.raises(HoldoutError, match="all 1500 validation rows are"):
        validate(settings(), rare(1), held, CLASSES)
