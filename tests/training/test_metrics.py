"""Metrics against scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from pipeline.training.fit import fit
from pipeline.training.hyperparameters import Network
from pipeline.training.metrics import score
from tests.training.test_fit import CLASSES, DEFAULTS, REAL, Rows, rings, settings_with


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
