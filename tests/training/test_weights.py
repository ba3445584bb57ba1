"""A row of weight 2 is the row twice, in all that is measured of a training and in when it ends."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimators import BackpropClassifier
from pipeline.feed.rows import Rows
from pipeline.feed.weighting import Weighting
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters, Network, changed
from pipeline.training.stopping import Stopping
from tests.training.test_fit import CLASSES, REAL, rings, settings_with

RULES = {
    "patience": Stopping(40, patience=2),
    "gradient": Stopping(40, 0, gradient_norm=0.15),
    "rate_of_change": Stopping(40, 0, error_change=5e-4),
    "loss_change": Stopping(40, 0, loss_change=5e-3),
    "epochs": Stopping(7, 0),
}
REGRESSION = Network((4,), output="identity", loss="squared_error", dtype="float64")
# So few that all rows are among those whose layers are looked into, even three times each.
counts = st.lists(st.integers(1, 3), min_size=10, max_size=10).map(np.array)


def batch(rule: str, **changes: Any) -> Hyperparameters:
    """Batch learning: each step is on all rows, whatever their order, so that the trainings can be compared."""
    found = settings_with(optimizer__batch_size=0, optimizer__learning_rate=0.5, **changes)
    return changed(found, {"stopping": RULES[rule]})


def trained(how: Hyperparameters, rows: Rows, regression: bool) -> tuple[Outcome, list[dict[str, float]]]:
    seen: list[dict[str, float]] = []
    outcome = fit(how, rows, None, REAL if regression else CLASSES, lambda epoch, record: seen.append(record))
    return outcome, seen


def assert_same(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(counts, st.sampled_from(sorted(RULES)), st.booleans(), st.sampled_from(["none", "balanced", "given"]))
def test_weight_2_is_the_row_twice(times: np.ndarray, rule: str, regression: bool, weighting: str) -> None:
    data = rings(1, 10)
    weighting = "none" if regression else weighting
    how = batch(rule, weighting=Weighting(weighting, {"in": 3.0} if weighting == "given" else {}))
    if regression:
        how, data = changed(how, {"network": REGRESSION}), Rows(data.X, data.X.sum(axis=1) + data.y)
    weighted, ours = trained(how, dataclasses.replace(data, importance=times.astype(float)), regression)
    repeated, theirs = trained(how, data.take(np.repeat(np.arange(10), times)), regression)
    assert (weighted.stopped_by, weighted.epochs) == (repeated.stopped_by, repeated.epochs)
    assert_same(ours, theirs)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.sampled_from(sorted(RULES)))
def test_the_weight_of_a_class_is_that_of_its_rows_in_all_that_is_minimized(a: int, b: int, rule: str) -> None:
    """The loss and E count class weights; the share of errors, which models are compared by, does not."""
    data, how = rings(1, 24), batch(rule)
    classes = changed(how, {"weighting": Weighting("given", {"in": float(a), "out": float(b)})})
    by_class, ours = trained(classes, data, False)
    by_row, theirs = trained(how, dataclasses.replace(data, importance=np.array([a, b], float)[data.y]), False)
    assert (by_class.stopped_by, by_class.epochs) == (by_row.stopped_by, by_row.epochs)
    shares = {"train/error", "train/accuracy"}
    assert_same(*([{k: v for k, v in one.items() if k not in shares} for one in found] for found in (ours, theirs)))
    plain = fit(changed(classes, {"stopping": Stopping(len(ours), 0)}), data, None, CLASSES)
    assert plain.model
    assert plain.record["train/error"] == pytest.approx((plain.last.predict(data.X) != data.y).mean())  # type: ignore[union-attr]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("rule", sorted(RULES))
def test_estimators_count_weights_wherever_rows_are_counted(rule: str) -> None:
    data, times = rings(1, 24), np.arange(24) % 3 + 1
    stopping = {
        name: value for name, value in dataclasses.asdict(RULES[rule]).items() if name not in ("seconds", "updates")
    }
    how = {**stopping, "batch_size": 0, "optimizer": "descent", "learning_rate": 0.5, "random_state": 1}
    shared = {**how, "preprocessing": "standardize", "hidden": (4,), "activation": "tanh"}

    def fitted(X: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None, **more: Any) -> BackpropClassifier:
        return BackpropClassifier(**shared, **more).fit(X, y, sample_weight=weights)

    again = np.repeat(np.arange(24), times)
    pairs = [
        (fitted(data.X, data.y, times), fitted(data.X[again], data.y[again])),
        (fitted(data.X, data.y, class_weight={1: 2}), fitted(data.X, data.y, 1 + data.y)),
        (fitted(data.X, data.y, times, class_weight={1: 2}), fitted(data.X, data.y, times * (1 + data.y))),
    ]
    for one, other in pairs:
        assert (one.n_iter_, one.stopped_by_) == (other.n_iter_, other.stopped_by_)
        np.testing.assert_allclose(one.loss_curve_, other.loss_curve_)
        assert one.loss_ == pytest.approx(other.loss_)
