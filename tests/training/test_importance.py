"""Which columns matter: those by which the model goes, and as scikit-learn measures it."""

import dataclasses

import numpy as np
import pytest
from sklearn.inspection import permutation_importance

from pipeline.estimators import BackpropClassifier
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.training import importance as module
from pipeline.training.importance import importance

FEATURES = ("signal", "noise", "half")


def made(seed: int, rows: int = 300) -> Rows:
    X = np.random.default_rng(seed).normal(size=(rows, 3))
    return Rows(X, (X[:, 0] + 0.5 * X[:, 2] > 0).astype(np.int64))


@pytest.fixture(scope="module")
def fitted() -> BackpropClassifier:
    train = made(1)
    return BackpropClassifier(hidden=(8,), epochs=15, patience=0, random_state=0).fit(train.X, train.y)


def test_it_agrees_with_scikit_learns_which_takes_an_estimator(fitted: BackpropClassifier) -> None:
    held = made(2)
    ours = importance(fitted.model_, held)
    theirs = permutation_importance(fitted, held.X, held.y, n_repeats=30, random_state=0)
    assert ours is not None
    assert (ours.metric, ours.rows) == ("validation/error", 300)
    np.testing.assert_allclose(ours.increase, theirs.importances_mean, atol=0.03)
    assert list(np.argsort(-ours.increase)) == [0, 2, 1]
    assert ours.spread.max() < 0.05


def test_a_column_that_a_label_goes_by_matters_where_rows_have_several_labels(rng: np.random.Generator) -> None:
    X = rng.normal(size=(300, 3))
    y = (X[:, [0, 2]] > 0).astype(np.int64)
    model = BackpropClassifier(hidden=(8,), epochs=15, patience=0, random_state=0).fit(X, y).model_
    found = importance(model, Rows(X, y))
    assert found is not None
    assert found.increase[[0, 2]].min() > 0.1 > abs(found.increase[1])


def test_it_is_the_same_each_time_and_leaves_the_rows_alone(fitted: BackpropClassifier) -> None:
    held = made(2)
    one, two = importance(fitted.model_, held), importance(fitted.model_, held)
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.increase, two.increase)
    np.testing.assert_array_equal(held.X, made(2).X)


def test_of_many_rows_some_are_shuffled(fitted: BackpropClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3 * module.REPEATS * 120)
    found = importance(fitted.model_, made(2))
    assert found is not None
    assert found.rows == 120


def test_images_have_none(fitted: BackpropClassifier) -> None:
    schema = dataclasses.replace(Schema("classification", FEATURES, ("0", "1")), image_shape=(1, 3))
    assert importance(dataclasses.replace(fitted.model_, schema=schema), made(2)) is None
