"""Warm starts and partial_fit: what goes on, what can't change, and what the first rows decide."""

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris

from pipeline.errors import Note
from pipeline.estimators import BackpropClassifier, BackpropRegressor, parameters
from pipeline.nn.schedules import Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def rates(model: BackpropClassifier, calls: int, warm: bool) -> list[float]:
    """How far the output biases move in each epoch, with online descent on one row again and again."""
    X, y = np.zeros((30, 2)), np.arange(30) % 2
    y[:25] = 0
    moved = []
    for _ in range(calls):
        before = model.intercepts_[-1].copy() if hasattr(model, "model_") else np.zeros(2)
        model.fit(X, y) if warm else model.partial_fit(X, y, classes=[0, 1])
        moved.append(float(np.abs(model.intercepts_[-1] - before).max()))
    return moved


DESCENT: dict[str, Any] = {"hidden": (), "optimizer": "descent", "learning_rate": 1e-6, "batch_size": 0}


@pytest.mark.parametrize("warm", [True, False])
def test_a_schedule_goes_on(warm: bool) -> None:
    falling = Schedule("step", factor=0.1, every=2)
    model = BackpropClassifier(**DESCENT, schedule=falling, epochs=1, warm_start=warm, patience=0)
    moved = rates(model, 4, warm)
    assert moved == pytest.approx([moved[0], moved[0], moved[0] / 10, moved[0] / 10], rel=1e-3)


def test_a_schedule_by_name_spans_the_epochs_of_partial_fit_and_of_warm_starts() -> None:
    moved = rates(BackpropClassifier(**DESCENT, schedule="cosine", epochs=5), 5, False)
    assert moved[0] > moved[2] > moved[4] and moved[4] == pytest.approx(0, abs=1e-12)
    again = rates(BackpropClassifier(**DESCENT, schedule="cosine", epochs=2, warm_start=True, patience=0), 2, True)
    assert again[1] > 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden": 9}, r"hidden=\(9,\) can't go on with a network that was trained with hidden=\(5,\): set it back"),
        ({"activation": "relu"}, "activation=relu can't go on with a network that was trained with activation=lecun"),
        ({"output": "logistic"}, "output=logistic can't go on with a network that was trained with output=softmax"),
        ({"loss": "squared_error"}, "output=identity can't go on with .* output=softmax"),
        ({"preprocessing": "center"}, "preprocessing=center can't go on with .* preprocessing=standardize"),
        ({"members": 2}, "members=2 can't go on with a network that was trained with members=1"),
    ],
)
def test_what_makes_another_network_is_refused_in_a_warm_start(changed: dict[str, Any], message: str) -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(5, epochs=3, warm_start=True, random_state=0).fit(X, y)
    before, settings = model.predict_proba(X), model.get_params()
    for again in (model.set_params(**changed).fit, model.partial_fit):
        with pytest.raises(ValueError, match=message) as caught:
            again(X, y)
        assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(model.set_params(**settings).predict_proba(X), before)
    model.set_params(**changed, warm_start=False).fit(X, y)


def test_what_training_is_like_may_change_in_a_warm_start() -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(5, epochs=3, warm_start=True, random_state=0).fit(X, y)
    changed = {"optimizer": "momentum", "learning_rate": 0.001, "weight_decay": 0.1, "epochs": 4}
    model.set_params(**changed, batch_size=10, dropout=0.1).fit(X, y)
    assert model.n_iter_ == 7 and model.t_ == 7 * 150
    model.fit(X.astype(np.float32), y)
    assert model.coefs_[0].dtype == np.float64


@pytest.mark.parametrize(
    "changed", [{"optimizer": "adamw"}, {"input_scale": 0.1}, {"averaging": "exponential"}, {"clip": 1.0}], ids=str
)
@pytest.mark.parametrize("members", [1, 2])
def test_rules_may_come_and_go_in_a_warm_start(changed: dict[str, Any], members: int) -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(5, epochs=3, warm_start=True, members=members, patience=0, random_state=0).fit(X, y)
    losses, plain = [model.loss_], {name: model.get_params()[name] for name in changed}
    losses += [model.set_params(**values).fit(X, y).loss_ for values in (changed, changed, plain)]
    assert losses == sorted(losses, reverse=True) and model.n_iter_ == 12


def test_classes_and_targets_can_not_change_in_a_warm_start() -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier(5, epochs=3, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"y has the labels \[.*7.*\], which are not among"):
        model.fit(X, y + 5)
    with pytest.raises(ValueError, match="X has 3 features, but BackpropClassifier is expecting 4"):
        model.fit(X[:, :3], y)
    several = BackpropRegressor(5, epochs=3, warm_start=True).fit(X[:, :2], X[:, 2:])
    with pytest.raises(ValueError, match=r"y has 1 target, expected 2: as many as before"):
        several.fit(X[:, :2], X[:, 2])


def test_the_first_batch_scales_and_says_when_it_is_tiny_or_later_ones_lie_far_off() -> None:
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(150)
    X, y = X[order], y[order]
    model = BackpropClassifier(5, random_state=0).partial_fit(X[:50], y[:50], classes=[0, 1, 2])
    mean = model.model_.inputs.affine.mean.copy()
    model.partial_fit(X[50:], y[50:])
    np.testing.assert_array_equal(model.model_.inputs.affine.mean, mean)
    np.testing.assert_allclose(mean, X[:50].mean(axis=0))
    with pytest.warns(Note, match="most of this batch lies far outside the first one's range in columns 0, 1, 2, 3"):
        model.partial_fit(100 + X[50:], y[50:])
    with pytest.warns(Note, match="the first partial_fit has 5 rows, by which all later ones are scaled"):
        BackpropClassifier(5).partial_fit(X[:5], y[:5], classes=[0, 1, 2])


def test_partial_fit_goes_on_from_fit() -> None:
    X, y = load_digits(return_X_y=True)
    model = BackpropClassifier(20, epochs=5, random_state=0).fit(X[:900], y[:900])
    before = model.loss_
    for _ in range(10):
        model.partial_fit(sparse.csr_array(X[900:]), y[900:])
    assert model.n_iter_ == 15 and model.loss_ < before


@pytest.mark.parametrize("hidden", [5, [5]], ids=str)
def test_partial_fit_asks_once_what_its_parameters_mean_and_follows_their_changes(
    hidden: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = load_iris(return_X_y=True)
    asked: list[dict[str, Any]] = []
    made = parameters._made
    parameters._kept.cache_clear()
    monkeypatch.setattr(parameters, "_made", lambda given, *others: asked.append(given) or made(given, *others))
    model = BackpropClassifier(hidden, random_state=0, class_weight={0: 2.0})
    for _ in range(4):
        model.partial_fit(X, y)
    assert len(asked) == (4 if isinstance(hidden, list) else 1)
    twin = pickle.loads(pickle.dumps(model)).partial_fit(X, y)
    before = model.partial_fit(X, y).coefs_[0].copy()
    np.testing.assert_array_equal(twin.coefs_[0], before)
    model.set_params(learning_rate=1e-12).partial_fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], before, atol=1e-9)
    with pytest.raises(ValueError, match="^learning_rate=-1 is not allowed"):
        model.set_params(learning_rate=-1).partial_fit(X, y)
    fresh = clone(model).set_params(learning_rate=0.01, hidden=7).partial_fit(X, y)
    assert fresh.coefs_[0].shape == (4, 7)


def test_partial_fit_takes_no_early_stopping() -> None:
    X, y = load_iris(return_X_y=True)
    for model in (BackpropClassifier(early_stopping=True), BackpropRegressor(early_stopping=True)):
        with pytest.raises(ValueError, match="early_stopping=True can't be used with partial_fit"):
            model.partial_fit(X, y)
