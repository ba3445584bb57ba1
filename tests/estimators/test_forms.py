"""The forms that X, y and the network may have, as scikit-learn's own take them, and what fit leaves behind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier

from pipeline.estimators import BackpropClassifier, BackpropRegressor
from pipeline.estimators import sparse as sparse_rows
from pipeline.feed import sparsity
from pipeline.feed.augmentation import Augmentation
from pipeline.training import examples

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS = [sparse.csr_matrix, sparse.csc_array, sparse.coo_array, sparse.lil_matrix]
SMALL: dict[str, Any] = {"hidden": 15, "epochs": 15, "random_state": 0}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_sparse_rows_give_the_model_of_dense_ones(form: Callable[[Any], Any]) -> None:
    X, y = load_digits(return_X_y=True)
    dense = BackpropClassifier(**SMALL, early_stopping=True).fit(X, y)
    model = BackpropClassifier(**SMALL, early_stopping=True).fit(form(X), y)
    np.testing.assert_array_equal(model.predict_proba(form(X)), dense.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), dense.predict(form(X)))
    weights = np.where(y == 3, 0, 2)
    np.testing.assert_array_equal(
        BackpropClassifier(**SMALL).fit(form(X), y, sample_weight=weights, X_val=form(X), y_val=y).predict(X),
        BackpropClassifier(**SMALL).fit(X, y, sample_weight=weights, X_val=X, y_val=y).predict(X),
    )


@pytest.mark.parametrize(
    "parameters", [{"preprocessing": name} for name in ("none", "center", "pca", "whiten", "robust", "quantile")]
    + [{"sampling": "most_different"}, {"embedding": "periodic"}, {"class_weight": "balanced"}], ids=str,
)  # fmt: skip
def test_sparse_rows_go_through_every_preprocessing(parameters: dict[str, Any]) -> None:
    X, y = load_digits(return_X_y=True)
    settings = {**SMALL, "epochs": 3, **parameters}
    model = BackpropClassifier(**settings).fit(sparse.csr_array(X[:300]), y[:300])
    dense = BackpropClassifier(**settings).fit(X[:300], y[:300])
    np.testing.assert_array_equal(model.predict_proba(X), dense.predict_proba(X))


def test_sparse_rows_are_made_dense_a_few_at_a_time_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = load_digits(return_X_y=True)
    monkeypatch.setattr(sparsity, "DENSE", 50 * 64 * 8)
    whole = BackpropClassifier(**SMALL).fit(X, y)
    monkeypatch.setattr(examples, "DENSE", 1000)  # bytes: nothing is kept dense
    made: list[int] = []
    taken = sparsity.SparseRows.__getitem__
    monkeypatch.setattr(
        sparsity.SparseRows, "__getitem__", lambda self, rows: made.append(len(found := taken(self, rows))) or found
    )
    model = BackpropClassifier(**SMALL).fit(sparse.csr_array(X), y)
    np.testing.assert_array_equal(model.predict_proba(sparse.csr_array(X)), whole.predict_proba(X))
    assert max(made) <= 50
    monkeypatch.setattr(sparse_rows, "free_bytes", lambda: 2**20)
    with pytest.raises(ValueError, match=r"X is sparse, and 1,024 of its rows of 64 columns take 0.0 GiB .*reduce its"):
        BackpropClassifier().fit(sparse.csr_array(X), y)


def test_what_sparse_rows_can_not_do_is_one_line() -> None:
    X, y = load_digits(return_X_y=True)
    with pytest.raises(ValueError, match="augmentation can't be used on sparse X: make it dense"):
        BackpropClassifier(**SMALL, augmentation=Augmentation(noise=0.1)).fit(sparse.csr_array(X), y)
    wrong = sparse.csr_array(np.where(X == 3, np.nan, X))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        BackpropClassifier(**SMALL).fit(wrong, y)


def test_labels_in_every_form() -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    expected = BackpropClassifier(**SMALL).fit(X, names)
    for form in (names.astype(object), list(names), pd.Series(names), pd.Series(names, dtype="category")):
        np.testing.assert_array_equal(BackpropClassifier(**SMALL).fit(X, form).predict(X), expected.predict(X))
    assert BackpropClassifier(**SMALL).fit(X, y == 1).predict(X).dtype == bool
    with pytest.warns(DataConversionWarning, match="column-vector"):
        column = BackpropClassifier(**SMALL).fit(X, y[:, None])
    assert column.predict(X).shape == (150,)
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert BackpropRegressor(**SMALL).fit(X, X[:, :1]).predict(X).shape == (150,)


def test_flags_in_every_form() -> None:
    X, y = load_digits(return_X_y=True)
    flags = np.stack([y % 2, y > 4, y == 0], axis=1).astype(np.int64)
    expected = BackpropClassifier(**SMALL).fit(X, flags)
    assert expected.out_activation_ == "logistic" and expected.n_outputs_ == 3
    forms = [sparse.csr_matrix(flags), sparse.csc_array(flags), flags.astype(bool), flags.astype(float), flags.tolist()]
    for form in [*forms, pd.DataFrame(flags)]:
        model = BackpropClassifier(**SMALL).fit(X, form, X_val=X, y_val=form)
        assert model.predict(X).dtype == np.int64 and model.predict(X).shape == flags.shape
        assert model.score(X, flags) > 0.6
    more = BackpropClassifier(**SMALL)
    for _ in range(15):
        more.partial_fit(X, sparse.csr_array(flags))
    assert more.score(X, flags) > 0.6
    assert MultiOutputClassifier(BackpropClassifier(**SMALL)).fit(X, np.stack([y, y % 3], 1)).predict(X).shape[1] == 2
    with pytest.raises(ValueError, match="y has 2 columns of classes .*MultiOutputClassifier") as caught:
        BackpropClassifier(**SMALL).fit(X, np.stack([y, y % 3], 1))
    assert "\n" not in str(caught.value)


def test_a_target_that_can_not_be_is_one_line() -> None:
    X, y = load_iris(return_X_y=True)
    table = pd.DataFrame({"a": np.where(y > 0, "u", "v"), "b": X[:, 0]})
    wrong: list[tuple[Any, Any, Any, str]] = [
        (BackpropClassifier, table, y[1:], r"inconsistent numbers of samples: \[150, 149\]"),
        (BackpropClassifier, X, y[1:], r"inconsistent numbers of samples: \[150, 149\]"),
        (BackpropClassifier, pd.DataFrame(index=range(150)), y, r"0 feature\(s\) \(shape=\(150, 0\)\)"),
        (BackpropClassifier, X, pd.Series(["a", pd.NA, "b"] * 50, dtype="string"), r"y contains NaN: row 1 \(counted"),
        (BackpropClassifier, X, [None, "a", "b"] * 50, r"y contains NaN: row 0 \(counted from 0\) has no value"),
        (BackpropClassifier, X, pd.cut(X[:, 0], 3), r"y holds Interval values, allowed: text, .*y\.astype\(str\)"),
        (BackpropRegressor, X, ["a", "b"] * 75, "y: could not convert .*; expected numbers, or BackpropClassifier"),
        (BackpropRegressor, X, np.arange(150).astype("M8[D]"), r"y holds dates or durations \(datetime64\[D\]\)"),
    ]
    for model, rows, targets, message in wrong:
        with pytest.raises(ValueError, match=message) as caught:
            model(**SMALL).fit(rows, targets)
        assert "\n" not in str(caught.value)
    with pytest.raises(
        ValueError, match="X: could not convert string to float: 'u'; in the rows of fit all columns held"
    ):
        BackpropClassifier(**SMALL).fit(pd.DataFrame(X), y).predict(pd.DataFrame([["u", 1, 2, 3]]))
    going = BackpropClassifier(**SMALL).partial_fit(X[:90], y[:90])
    with pytest.raises(
        ValueError, match=r"y has the labels \[2\], which are not among \[0, 1\]: name all there will be, as"
    ):
        going.partial_fit(X, y)
    with pytest.raises(ValueError, match=r"X_val, y_val: .*inconsistent numbers of samples"):
        BackpropClassifier(**SMALL).fit(table, y, X_val=table, y_val=y[1:])


def test_a_threshold_is_scikit_learns_own() -> None:
    X, y = load_iris(return_X_y=True)
    rare = y == 0
    model = FixedThresholdClassifier(BackpropClassifier(**SMALL), threshold=0.99).fit(X, rare)
    np.testing.assert_array_equal(model.predict(X), model.estimator_.predict_proba(X)[:, 1] >= 0.99)
    chosen = TunedThresholdClassifierCV(BackpropClassifier(**SMALL), scoring="f1", cv=2, random_state=0).fit(X, rare)
    assert 0 < chosen.best_threshold_ < 1 and chosen.score(X, rare) > 0.9


def test_targets_in_every_form() -> None:
    X, y = load_diabetes(return_X_y=True)
    both = np.stack([y, X[:, 2]], axis=1)
    expected = BackpropRegressor(**SMALL).fit(X, both)
    for form in (both.tolist(), pd.DataFrame(both)):
        np.testing.assert_array_equal(BackpropRegressor(**SMALL).fit(X, form).predict(X), expected.predict(X))
    assert BackpropRegressor(**SMALL).fit(X, y.astype(int).tolist()).predict(X).shape == (442,)


@pytest.mark.parametrize("hidden", [20, (20,), [20], np.int64(20)], ids=repr)
def test_one_number_is_one_hidden_layer(hidden: Any) -> None:
    X, y = load_iris(return_X_y=True)
    assert [w.shape for w in BackpropClassifier(hidden, epochs=2).fit(X, y).coefs_] == [(4, 20), (20, 3)]


@pytest.mark.parametrize("members", [1, 3])
def test_the_weights_of_each_layer_compute_what_predict_says(members: int) -> None:
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((7, 5), epochs=5, activation="tanh", members=members, random_state=0).fit(X, y)
    leading = () if members == 1 else (members,)
    assert [w.shape for w in model.coefs_] == [(*leading, 4, 7), (*leading, 7, 5), (*leading, 5, 3)]
    assert [w.shape for w in model.intercepts_] == [(*leading, 7), (*leading, 5), (*leading, 3)]
    x = (X - X.mean(axis=0)) / X.std(axis=0)
    for place, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), 1):
        x = x @ w + b[..., None, :]
        x = np.tanh(x) if place < 3 else np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(x if members == 1 else x.mean(axis=0), model.predict_proba(X), rtol=1e-6)


def test_what_fit_leaves_behind_has_the_names_of_scikit_learn() -> None:
    X, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(X, columns=list("abcd"))
    theirs = MLPClassifier((7,), max_iter=20, early_stopping=True, random_state=0).fit(frame, y)
    model = BackpropClassifier(7, epochs=20, early_stopping=True, random_state=0).fit(frame, y)
    public = [name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")]
    assert {"coefs_", "t_", "best_validation_score_"} <= {*public}
    for name in public:
        assert hasattr(model, name), name
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (3, 3, "softmax")
    assert (model.n_features_in_, list(model.feature_names_in_)) == (4, list("abcd"))
    assert model.t_ == 135 * model.n_iter_ and model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    assert not hasattr(BackpropClassifier(), "coefs_") and not hasattr(BackpropClassifier(), "loss_")
