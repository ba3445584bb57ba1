"""A training that comes to what is of no use has diverged, whether its numbers are finite or not."""

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from pipeline.estimators import BackpropClassifier, BackpropRegressor
from pipeline.feed.rows import Rows
from pipeline.training.hyperparameters import Network
from tests.training.test_fit import REAL, rings, run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::pipeline.errors.Note")
LOST = r"training diverged: train/loss.* over 1e\+06 times what outputs of 0 cost; lower learning_rate"


def again(model: Any, X: np.ndarray, y: np.ndarray, calls: int) -> None:
    for _ in range(calls):
        model.partial_fit(X, y)


def test_a_loss_beyond_all_hope_is_a_divergence_though_it_is_finite() -> None:
    outcome = run(
        optimizer__learning_rate=1e300, network=Network((8,), "tanh", "softmax", "cross_entropy", dtype="float64")
    )
    assert (outcome.status, outcome.stopped_by, outcome.model) == ("diverged", "divergence", None)
    assert "over 1e+06 times what outputs of 0 cost" in outcome.reason and "train/loss is " in outcome.reason
    assert run(REAL, Rows(rings(1).X, rings(1).X[:, 0]), optimizer__learning_rate=0.1).status == "finished"


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [1e8, 1e18, 1e300])
@pytest.mark.parametrize("more", [{}, {"members": 2}, {"averaging": "exponential"}, {"optimizer": "descent"}], ids=str)
def test_estimators_refuse_what_is_of_no_use(kind: Any, rate: float, more: dict[str, Any]) -> None:
    X, y = rings(1).X.astype(kind), rings(1).y
    models = [BackpropClassifier(8, learning_rate=rate, epochs=20, random_state=0, **more)]
    models.append(BackpropRegressor(8, learning_rate=rate, epochs=20, random_state=0, **more))
    for model in models:
        with pytest.raises(ValueError, match=r"training diverged: .*; lower learning_rate, or set clip") as caught:
            model.fit(X, y)
        assert "\n" not in str(caught.value) and not hasattr(model, "coefs_")
        with pytest.raises(ValueError, match=r"training diverged: .*; lower learning_rate"):
            again(model, X, y, 20)


def test_of_an_ensemble_each_network_is_looked_at() -> None:
    X, y = rings(1).X, rings(1).y
    with pytest.raises(ValueError, match=r"train/loss of network \d is .*; lower learning_rate"):
        BackpropClassifier(8, learning_rate=1e9, members=3, random_state=0).fit(X, y)


def test_growth_over_many_calls_of_partial_fit_is_seen() -> None:
    X, y = rings(1).X, rings(1).X[:, 0]
    model = BackpropRegressor((), optimizer="descent", learning_rate=20.0, batch_size=0, random_state=0)
    with pytest.raises(ValueError, match=LOST):
        again(model, X, y, 40)
    assert np.isfinite(model.predict(X)).all()


def test_rows_far_from_those_before_are_no_divergence() -> None:
    X, y = rings(1).X, rings(1).X[:, 0]
    model = BackpropRegressor(8, activation="relu", random_state=0, preprocessing="none").partial_fit(X, y)
    model.partial_fit(1e6 * X, y)
    assert model.n_iter_ == 2


def test_an_estimator_that_diverges_stays_what_it_was_or_is_not_fitted() -> None:
    X, y = rings(1).X, rings(1).y
    model = BackpropClassifier(8, epochs=3, patience=0, random_state=0, warm_start=True).fit(X, y, X_val=X, y_val=y)
    found, history = model.predict_proba(X), {name: list(values) for name, values in model.history_.items()}
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="training diverged"):
            model.set_params(learning_rate=1e300) and fit(X, y)
        assert (model.n_iter_, model.history_) == (3, history)
        np.testing.assert_array_equal(model.predict_proba(X), found)
    with pytest.raises(ValueError, match="training diverged"):
        model.set_params(warm_start=False).fit(X[:, :1], y)
    with pytest.raises(NotFittedError):
        model.predict(X)
