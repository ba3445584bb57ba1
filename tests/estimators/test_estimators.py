"""The scikit-learn estimators: every check of scikit-learn's own, and what the checks don't look at."""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.estimators import BackpropClassifier, BackpropRegressor
from pipeline.feed.augmentation import Augmentation
from pipeline.nn.schedules import Schedule

# Many of these trainings are short on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def digits(rows: int = 900) -> tuple[np.ndarray, np.ndarray]:
    X, y = load_digits(return_X_y=True)
    return X[:rows], y[:rows]


def test_it_classifies_and_regresses_real_data() -> None:
    X, y = load_digits(return_X_y=True)
    model = BackpropClassifier((60,), epochs=30, random_state=0).fit(X[:1200], y[:1200])
    assert model.score(X[1200:], y[1200:]) > 0.9
    X, y = load_diabetes(return_X_y=True)
    regressor = BackpropRegressor((20,), epochs=60, weight_decay=0.1, random_state=0).fit(X[:300], y[:300])
    assert regressor.score(X[300:], y[300:]) > 0.4


@pytest.mark.parametrize(
    "parameters",
    [
        {"optimizer": "descent", "learning_rate": 0.1, "batch_size": 10},
        {"optimizer": "momentum", "momentum": 0.8, "learning_rate": 0.05},
        {"optimizer": "nesterov", "momentum": 0.8, "learning_rate": 0.05, "clip": 1.0},
        {"hidden": (30, 20), "activation": ("tanh(0.5,1.2)", "relu"), "initializer": "glorot"},
        {"output": "logistic", "loss": "binary_cross_entropy", "activation": "logistic"},
        {"output": "tanh", "loss": "squared_error", "guard": 0.2},
        {"schedule": "cosine", "layer_rates": "fan_in", "learning_rate": 0.05},
        {"schedule": Schedule("step", factor=0.3, every=4), "rate_factors": (2.0, 1.0)},
        {"weight_decay": 1e-3, "l1": 1e-4, "dropout": 0.1, "input_dropout": 0.1},
        {"preprocessing": "whiten", "components": 0.9},
        {"preprocessing": "robust"},
        {"preprocessing": "quantile"},
        {"preprocessing": "robust", "embedding": "piecewise_linear", "bins": 4},
        {"preprocessing": "robust", "embedding": "periodic", "waves": 2},
        {"sampling": "largest_error"},
        {"members": 3},
        {"averaging": "exponential", "decay": 0.7},
        {"sampling": "most_different", "batch_size": 20},
        {"augmentation": Augmentation(rotation=5, shift=0.5), "image_shape": (8, 8)},
        {"engine": "numpy", "batch_size": 50},
        {"hidden": ()},
    ],
    ids=str,
)
def test_every_parameter_reaches_the_engine_and_learns(parameters: dict[str, Any]) -> None:
    X, y = digits()
    model = BackpropClassifier(**{"hidden": (40,), "epochs": 12, "random_state": 0, **parameters}).fit(X, y)
    other = BackpropClassifier(hidden=(40,), epochs=12, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.85
    assert model.loss_curve_ != other.loss_curve_


def test_validation_rows_stop_it_and_the_best_epoch_is_kept() -> None:
    X, y = digits()
    model = BackpropClassifier((20,), epochs=300, patience=4, random_state=0)
    model.fit(X[:600], y[:600], X_val=X[600:], y_val=y[600:])
    assert model.stopped_by_ == "patience"
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_scores_) == model.best_epoch_ + 4
    assert model.score(X[600:], y[600:]) == max(model.validation_scores_)
    assert BackpropClassifier(epochs=2).fit(X, y).validation_scores_ is None


def test_labels_of_any_kind_come_back() -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = BackpropClassifier((10,), random_state=1).fit(X, names)
    assert set(model.predict(X)) <= set(names)
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(model.classes_[probabilities.argmax(axis=1)], model.predict(X))


def test_outputs_that_are_no_probabilities_offer_none() -> None:
    assert not hasattr(BackpropClassifier(loss="squared_error"), "predict_proba")
    assert hasattr(BackpropClassifier(), "predict_proba")


def test_partial_fit_by_epochs_goes_on_where_it_stopped() -> None:
    X, y = digits(300)
    model = BackpropClassifier((20,), random_state=0)
    for _ in range(15):
        model.partial_fit(X, y, classes=range(10))
    assert model.n_iter_ == 15
    assert model.loss_curve_[-1] < 0.3 * model.loss_curve_[0]
    model.partial_fit(X[:5], y[:5])
    with pytest.raises(ValueError, match="labels \\[.*11.*\\], which are not among"):
        model.partial_fit(X[:2], [1, 11])
    with pytest.raises(ValueError, match="are not those of the first call"):
        model.partial_fit(X, y, classes=[1, 2])


def test_warm_start_goes_on_and_a_cold_one_does_not() -> None:
    X, y = digits(300)
    warm = BackpropClassifier((20,), epochs=5, warm_start=True, random_state=0).fit(X, y)
    first = warm.loss_curve_[-1]
    warm.fit(X, y)
    assert warm.loss_curve_[5] < first and warm.n_iter_ == 10
    cold = BackpropClassifier((20,), epochs=5, random_state=0)
    assert cold.fit(X, y).loss_curve_ == cold.fit(X, y).loss_curve_


def test_callbacks_see_every_epoch_and_can_end_the_training() -> None:
    seen: list[int] = []

    def stop(epoch: int, record: dict[str, float]) -> bool:
        seen.append(epoch)
        return epoch == 4

    X, y = digits(200)
    model = BackpropClassifier(callbacks=[stop], diagnostics=True).fit(X, y)
    assert seen == [1, 2, 3, 4]
    assert model.stopped_by_ == "callback"
    assert len(model.history_["layer1/gradient_norm"]) == 4


def test_a_class_weight_is_a_sample_weight() -> None:
    X, y = digits(200)
    one = BackpropClassifier((10,), epochs=5, class_weight={k: 1.0 + k for k in range(10)}, random_state=0).fit(X, y)
    other = BackpropClassifier((10,), epochs=5, random_state=0).fit(X, y, sample_weight=1.0 + y)
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X))
    plain = BackpropClassifier((10,), epochs=5, random_state=0).fit(X, y)
    assert not np.allclose(one.predict_proba(X), plain.predict_proba(X))


def test_it_works_where_scikit_learn_puts_estimators() -> None:
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        BackpropClassifier(epochs=15, random_state=0), {"hidden": [(5,), (10,)], "dropout": [0, 0.2]}, cv=3
    )
    assert search.fit(X, y).best_score_ > 0.85
    chain = make_pipeline(StandardScaler(), clone(search.best_estimator_))
    assert cross_val_score(chain, X, y).mean() > 0.85
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), search.best_estimator_.predict_proba(X))
    again.set_params(warm_start=True).fit(X, y)


def test_numbers_of_numpy_are_numbers() -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(
        [np.int64(5)], epochs=np.int64(2), learning_rate=np.float32(0.1), dropout=np.float64(0.1)
    )
    assert model.fit(X, y).n_iter_ == 2


def test_wrong_data_are_refused() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="belong together"):
        BackpropClassifier().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match=r"image_shape=\(2, 3\) is of 6 numbers, and X has 4 columns"):
        BackpropClassifier(image_shape=(2, 3)).fit(X, y)
    with pytest.raises(ValueError, match="at least one non-zero"):
        BackpropClassifier().fit(X, y, sample_weight=np.zeros(len(y)))


@pytest.mark.parametrize(("output", "loss"), [("logistic", "binary_cross_entropy"), ("softmax", "cross_entropy")])
def test_probabilities_are_right_where_outputs_underflow(output: str, loss: str) -> None:
    """All logistic outputs are 0 in float32 below −104; which is the largest is still known from v."""
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((3,), epochs=2, output=output, loss=loss, random_state=0).fit(X.astype(np.float32), y)
    last = model.model_.weights[-1]
    last[...] = 0
    last[:, 0] = [-1000.0, -302.0, -300.0]
    rounded = model.predict_proba(X.astype(np.float32))[0]
    np.testing.assert_allclose(rounded, [0, np.exp(-2) / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))], rtol=1e-6)
    logarithms = model.predict_log_proba(X.astype(np.float32))[0]
    np.testing.assert_allclose(logarithms, np.array([-700.0, -2.0, 0.0]) - np.log1p(np.exp(-2)), rtol=1e-6)
    assert set(model.predict(X.astype(np.float32))) == {2}


def test_bounded_outputs_learn_a_real_target_in_their_range() -> None:
    X = np.linspace(-2, 2, 200)[:, None]
    y = 1000 + 300 * np.sin(2 * X[:, 0])
    model = BackpropRegressor((30,), output="tanh", epochs=500, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    assert model.predict(10 * X).max() < 1400


def test_the_example_in_the_readme_runs() -> None:
    text = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    X, y = digits()
    names = {"X": X[:600], "y": y[:600], "X_val": X[600:750], "y_val": y[600:750], "X_test": X[750:], "y_test": y[750:]}
    np.random.seed(0)
    exec(code, names)
    assert names["model"].score(names["X_test"], names["y_test"]) > 0.85


def test_several_targets_are_learned_each_in_its_own_units() -> None:
    X, y = load_diabetes(return_X_y=True)
    both = np.stack([y, 1e-6 * X[:, 2]], axis=1)
    model = BackpropRegressor((20,), epochs=60, weight_decay=0.1, random_state=0)
    model.fit(X[:300], both[:300], X_val=X[300:], y_val=both[300:])
    assert model.predict(X).shape == (442, 2)
    assert min(r2_score(both[300:], model.predict(X[300:]), multioutput="raw_values")) > 0.4
    assert model.validation_scores_[-1] > 0.4
    with pytest.raises(ValueError, match="as many targets as y"):
        model.fit(X, both, X_val=X, y_val=y)


def test_a_row_may_have_several_labels() -> None:
    X, y = load_digits(return_X_y=True)
    flags = np.stack([y % 2, y > 4, y == 0], axis=1).astype(np.int64)
    model = BackpropClassifier((40,), epochs=20, random_state=0).fit(X[:1200], flags[:1200])
    found, chances = model.predict(X[1200:]), model.predict_proba(X[1200:])
    assert (found == flags[1200:]).mean() > 0.9
    np.testing.assert_array_equal(found, chances > 0.5)
    assert model.score(X[1200:], flags[1200:]) == (found == flags[1200:]).all(axis=1).mean()
    with pytest.raises(ValueError, match="class_weight=balanced needs one label in each row"):
        BackpropClassifier(class_weight="balanced").fit(X, flags)


def test_a_class_weight_for_no_class_is_refused() -> None:
    X, y = digits(100)
    with pytest.raises(ValueError, match=r"class_weight names '11', which is no class .*; there are: 0, 1, 2"):
        BackpropClassifier(class_weight={11: 2.0}).fit(X, y)


def test_weights_of_rows_and_classes_count_as_repeated_rows() -> None:
    X, y = digits(200)
    twice = np.repeat(np.arange(200), np.where(y == 3, 2, 1))
    settings = {"hidden": (10,), "epochs": 8, "batch_size": 0, "random_state": 0, "loss": "cross_entropy"}
    weighed = BackpropClassifier(**settings, class_weight={3: 2.0}).fit(X, y)
    by_rows = BackpropClassifier(**settings).fit(X, y, sample_weight=np.where(y == 3, 2.0, 1.0))
    repeated = BackpropClassifier(**settings).fit(X[twice], y[twice])
    np.testing.assert_allclose(weighed.predict_proba(X), repeated.predict_proba(X), rtol=1e-6)
    np.testing.assert_allclose(by_rows.predict_proba(X), repeated.predict_proba(X), rtol=1e-6)
    assert by_rows.loss_curve_ == pytest.approx(repeated.loss_curve_)  # scores count rows by their own weights
