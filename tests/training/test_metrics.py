"""Metrics against scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    hamming_loss,
    log_loss,
    mean_squared_error,
    multilabel_confusion_matrix,
    precision_score,
    r2_score,
    recall_score,
    root_mean_squared_error,
)

from pipeline.feed.schema import Schema
from pipeline.training.breakdown import counted, per_row, taken_apart
from pipeline.training.fit import fit
from pipeline.training.hyperparameters import Hyperparameters, Network, resolved
from pipeline.training.metrics import averaged_metric, main_metric, score
from pipeline.training.model import Model, from_arrays
from tests.training.test_fit import CLASSES, DEFAULTS, REAL, Rows, rings, settings_with

TARGETS = Schema("regression", ("a", "b"), (), targets=("sum", "product"))
LABELS = Schema("multilabel", ("a", "b"), ("in", "left", "low"), targets=("in", "left", "low"))
WEIGHTS = np.random.default_rng(5).integers(1, 5, 120).astype(float)


def test_classification_agrees_with_scikit_learn() -> None:
    model = fit(DEFAULTS, rings(1), rings(2), CLASSES).model
    assert model
    test = rings(3)
    found = score(model, test.X, test.y)
    assert found["accuracy"] == accuracy_score(test.y, model.predict(test.X))
    assert found["error"] == pytest.approx(1 - found["accuracy"])
    wanted = np.eye(2)[test.y]
    assert found["squared_error"] == pytest.approx(0.5 * np.square(wanted - model.scores(test.X)).sum(axis=1).mean())
    assert found["loss"] == pytest.approx(log_loss(test.y, model.scores(test.X)))


def test_regression_agrees_with_scikit_learn() -> None:
    settings = settings_with(3, network=Network((8,), output="identity", loss="squared_error", dtype="float64"))
    train, test = (Rows(rings(seed).X, 100 + 7 * np.sin(rings(seed).X.sum(axis=1))) for seed in (1, 3))
    model = fit(settings, train, test, REAL).model
    assert model
    found = score(model, test.X, test.y)
    predicted = model.predict(test.X)
    assert found["mse"] == pytest.approx(mean_squared_error(test.y, predicted))
    assert found["rmse"] == pytest.approx(mean_squared_error(test.y, predicted) ** 0.5)
    assert found["r2"] == pytest.approx(r2_score(test.y, predicted))


def real(rows: Rows) -> Rows:
    return Rows(rows.X, np.stack([5 * rows.X.sum(axis=1), 1000 + 100 * rows.X.prod(axis=1)], axis=1))


def flags(rows: Rows) -> Rows:
    columns = [rows.y, rows.X[:, 0] < 0, rows.X[:, 1] < 0.5]
    return Rows(rows.X, np.stack(columns, axis=1).astype(np.int64))


def trained(schema: Schema, train: Rows, held: Rows, **changes: object) -> Model:
    settings = resolved(settings_with(6, network=Network((8,), dtype="float64"), **changes), schema)
    model = fit(settings, train, held, schema).model
    assert model
    return model


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_several_targets_agree_with_scikit_learn(weights: np.ndarray | None) -> None:
    model, test = trained(TARGETS, real(rings(1)), real(rings(2))), real(rings(3))
    found, predicted = score(model, test.X, test.y, weights), model.predict(test.X)
    assert predicted.shape == test.y.shape
    assert found["mse"] == pytest.approx(mean_squared_error(test.y, predicted, sample_weight=weights))
    assert found["rmse"] == pytest.approx(root_mean_squared_error(test.y, predicted, sample_weight=weights))
    assert found["r2"] == pytest.approx(r2_score(test.y, predicted, sample_weight=weights))
    each = mean_squared_error(test.y, predicted, sample_weight=weights, multioutput="raw_values")
    assert found["relative_mse"] == pytest.approx((each / real(rings(1)).y.var(axis=0)).mean())
    assert np.average(per_row(model, predicted, test.y), weights=weights) == pytest.approx(found["relative_mse"])
    apart = taken_apart(TARGETS, predicted, test.y, weights)["targets"]
    assert [part["mse"] for part in apart.values()] == pytest.approx(each.tolist())
    assert np.mean([part["r2"] for part in apart.values()]) == pytest.approx(found["r2"])


def test_targets_in_other_units_are_the_same_problem() -> None:
    """What is selected by must not be ruled by the target with the largest numbers."""
    units = np.array([1e-3, 1e6])
    one, other = (
        score(trained(TARGETS, *(Rows(part.X, part.y * unit) for part in parts)), parts[1].X, parts[1].y * unit)
        for parts, unit in (((real(rings(1)), real(rings(2))), 1.0), ((real(rings(1)), real(rings(2))), units))
    )
    assert one["relative_mse"] == pytest.approx(other["relative_mse"])
    assert one["r2"] == pytest.approx(other["r2"])
    assert one["mse"] != pytest.approx(other["mse"])


def test_bounded_outputs_take_several_targets() -> None:
    changes = {"network": Network((8,), output="tanh", dtype="float64")}
    settings = resolved(settings_with(30, **changes), TARGETS)
    model = fit(settings, real(rings(1)), real(rings(2)), TARGETS).model
    assert model
    assert score(model, rings(3).X, real(rings(3)).y)["relative_mse"] < 0.5


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_several_labels_agree_with_scikit_learn(weights: np.ndarray | None) -> None:
    model, test = trained(LABELS, flags(rings(1)), flags(rings(2))), flags(rings(3))
    found, predicted = score(model, test.X, test.y, weights), model.predict(test.X)
    np.testing.assert_array_equal(predicted, model.scores(test.X) > 0.5)
    assert found["error"] == pytest.approx(hamming_loss(test.y, predicted, sample_weight=weights))
    assert found["exact_match"] == pytest.approx(accuracy_score(test.y, predicted, sample_weight=weights))
    losses = [log_loss(test.y[:, i], model.scores(test.X)[:, i], sample_weight=weights) for i in range(3)]
    assert found["loss"] == pytest.approx(sum(losses))
    assert np.average(per_row(model, predicted, test.y), weights=weights) == pytest.approx(found["error"])
    apart = taken_apart(LABELS, predicted, test.y, weights)["labels"]
    for name, measure in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        wanted = measure(test.y, predicted, average=None, sample_weight=weights, zero_division=0)
        assert [part[name] for part in apart.values()] == pytest.approx(wanted.tolist())
    wanted = multilabel_confusion_matrix(test.y, predicted)
    np.testing.assert_array_equal(counted(LABELS, predicted, test.y), wanted)


@pytest.mark.parametrize("schema", [CLASSES, REAL, TARGETS, LABELS], ids=["classes", "number", "numbers", "labels"])
def test_a_row_of_weight_2_scores_as_the_row_twice(schema: Schema) -> None:
    made = {CLASSES: lambda rows: rows, TARGETS: real, LABELS: flags, REAL: lambda rows: Rows(rows.X, rows.X[:, 0])}
    model, test = trained(schema, made[schema](rings(1)), made[schema](rings(2))), made[schema](rings(3))
    twice = test.take(np.repeat(np.arange(120), WEIGHTS.astype(int)))
    weighted = score(model, test.X, test.y, WEIGHTS)
    assert weighted == pytest.approx(score(model, twice.X, twice.y))
    if main_metric(schema) != "mse":
        assert weighted != pytest.approx(score(model, test.X, test.y))


def test_targets_in_another_order_score_the_same() -> None:
    model, test = trained(TARGETS, real(rings(1)), real(rings(2))), real(rings(3))
    turned = taken_apart(
        Schema("regression", (), (), targets=("product", "sum")), model.predict(test.X)[:, ::-1], test.y[:, ::-1]
    )
    assert turned["targets"] == taken_apart(TARGETS, model.predict(test.X), test.y)["targets"]


@pytest.mark.parametrize("schema", [TARGETS, LABELS], ids=["numbers", "labels"])
def test_such_a_model_comes_back_from_its_arrays(schema: Schema) -> None:
    made = real if schema is TARGETS else flags
    model, X = trained(schema, made(rings(1)), made(rings(2))), rings(3).X
    arrays = model.to_arrays()
    again = from_arrays(arrays)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert score(again, X, made(rings(3)).y) == score(model, X, made(rings(3)).y)
    if schema is TARGETS:
        with pytest.raises(ValueError, match="target_spread holds values that are not above 0"):
            from_arrays({**arrays, "target_spread": np.zeros(2)})


def test_what_is_selected_by_fits_the_target() -> None:
    found = [(main_metric(schema), averaged_metric(schema)) for schema in (CLASSES, LABELS, REAL, TARGETS)]
    assert found == [("error", "squared_error")] * 2 + [("mse", "mse"), ("relative_mse", "relative_mse")]
    assert resolved(Hyperparameters(), LABELS).network.loss == "binary_cross_entropy"
