"""Tables with text, dates and gaps: read as the pipeline reads them, checked by name, refused in one line."""

import pickle
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pipeline.arithmetic.totals import mean
from pipeline.errors import Note
from pipeline.estimators import BackpropClassifier, BackpropRegressor
from pipeline.estimators.columns import learn
from pipeline.estimators.frames import as_table
from pipeline.feed.schema import UNSEEN

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL: dict[str, Any] = {"hidden": 12, "epochs": 40, "random_state": 0}


def people(rows: int = 240) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of which text, a date and a gap each tell something of y."""
    rng = np.random.default_rng(0)
    town = rng.choice(["Bonn", "Köln", "Trier"], rows)
    member = rng.random(rows) < 0.5
    since = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, rows), unit="D")
    income = rng.normal(3000, 500, rows)
    income[rng.random(rows) < 0.2] = np.nan
    y = np.where((town == "Bonn") | (np.isnan(income) & member), "yes", "no")
    table = {
        "town": town,
        "size": pd.Categorical(rng.choice([1, 2, 3], rows)),
        "member": pd.array(member, dtype="boolean"),
        "since": since,
        "income": income,
        "children": pd.array(np.where(rng.random(rows) < 0.1, None, rng.integers(0, 4, rows)), dtype="Int64"),
    }
    return pd.DataFrame(table), y


def test_text_dates_flags_categories_and_gaps_are_learned_from() -> None:
    X, y = people()
    model = BackpropClassifier(**SMALL, weight_decay=0.01).fit(X[:180], y[:180])
    assert model.score(X[180:], y[180:]) > 0.85
    assert model.model_.schema.kinds == ("category", "category", "flag", "date", "number", "number")
    assert model.model_.schema.levels[:3] == (("Bonn", "Köln", "Trier"), ("1", "2", "3"), ("false", "true"))
    assert list(model.feature_names_in_) == list(X) and model.n_features_in_ == 6
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("form", [pa.Table.from_pandas, lambda X: pytest.importorskip("polars").from_pandas(X)])
def test_tables_of_other_libraries_give_the_same_model(form: Callable[[Any], Any]) -> None:
    X, y = people()
    X = X.drop(columns="size").astype({"town": object})
    frame = BackpropClassifier(**SMALL).fit(X, y)
    other = BackpropClassifier(**SMALL).fit(form(X), y)
    np.testing.assert_array_equal(other.predict_proba(form(X)), frame.predict_proba(X))


def test_a_table_of_plain_numbers_is_its_array() -> None:
    X, y = np.random.default_rng(1).normal(size=(80, 3)), np.arange(80) % 2
    array = BackpropClassifier(**SMALL).fit(X, y)
    frame = pd.DataFrame(X, columns=list("abc")).convert_dtypes()
    model = BackpropClassifier(**SMALL).fit(frame, y)
    np.testing.assert_array_equal(model.predict_proba(frame), array.predict_proba(X))
    assert model.model_.schema.kinds == () and model.model_.inputs.expansion is None
    objects = BackpropClassifier(**SMALL).fit(X.astype(object), y)
    np.testing.assert_array_equal(objects.predict_proba(X), array.predict_proba(X))


def test_what_fit_and_predict_make_of_a_table_is_the_same() -> None:
    X, _ = people()
    X["code"] = [f"{n % 4:02d}" for n in range(len(X))]
    X["amount"] = ["n.a." if n % 9 == 0 else f"{n / 7:.2f}" for n in range(len(X))]
    X["day"] = [f"{1 + n % 28:02d}.{1 + n % 12:02d}.2021" for n in range(len(X))]
    columns, learned = learn(as_table(X), {})
    assert dict(zip(columns.names, columns.kinds, strict=True)) | {} == {
        "town": "category", "size": "category", "member": "flag", "since": "date", "income": "number",
        "children": "number", "code": "category", "amount": "number", "day": "date",
    }  # fmt: skip
    np.testing.assert_array_equal(columns.read(as_table(X)), learned)
    np.testing.assert_array_equal(columns.read(as_table(X[7:9])), learned[7:9])


def test_a_level_that_fit_never_saw_is_unseen_and_answered() -> None:
    X, y = people()
    model = BackpropClassifier(**SMALL).fit(X, y)
    other = X[:3].assign(town=["Paris", None, "Bonn"])
    read = model._columns.read(as_table(other))
    assert read[0, 0] == UNSEEN and np.isnan(read[1, 0]) and read[2, 0] == 0
    assert np.isfinite(model.predict_proba(other)).all()
    more = BackpropClassifier(**SMALL)
    more.partial_fit(X[:100], y[:100]).partial_fit(X[100:].assign(town="Paris"), y[100:])
    assert more.model_.schema.levels[0] == ("Bonn", "Köln", "Trier")


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_columns_are_held_against_those_of_fit() -> None:
    X, y = people()
    model = BackpropClassifier(**SMALL).fit(X, y)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(X[list(X)[::-1]])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"town": "city"}))
    with pytest.raises(ValueError, match="X has 5 features, but BackpropClassifier is expecting 6"):
        model.predict(X.drop(columns="town").to_numpy())
    with pytest.raises(ValueError, match="column 'a' is there 2 times, allowed: once"):
        model.fit(pd.DataFrame([["x", "y"]] * 4, columns=["a", "a"]), y[:4])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_array_goes_by_position() -> None:
    X, y = people()
    numbers = X[["income", "children"]].assign(flag=np.arange(len(X)) % 2).astype(float)
    model = BackpropClassifier(**SMALL).fit(numbers, y)
    np.testing.assert_array_equal(model.predict(numbers.to_numpy()), model.predict(numbers))
    whole = BackpropClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(whole.predict(X.to_numpy()), whole.predict(X))


@pytest.mark.parametrize("made", [lambda rows: np.array(rows, object), list])
def test_an_array_may_hold_text_and_gaps(made: Callable[[Any], Any]) -> None:
    rows = [["red", 1.5, None if n % 5 == 0 else n % 3] if n % 2 else ["blue", 2, float("nan")] for n in range(60)]
    y = [n % 2 for n in range(60)]
    model = BackpropClassifier(**SMALL).fit(made(rows), y)
    assert model.score(made(rows), y) == 1
    assert model.model_.schema.kinds == ("flag", "number", "number") and not hasattr(model, "feature_names_in_")


def test_an_array_of_numbers_may_have_gaps() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 4)), np.arange(200) % 2
    X[:, 0] += 3 * y
    gappy = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    assert BackpropClassifier(**SMALL).fit(gappy, y).score(gappy, y) > 0.85
    robust = BackpropClassifier(**SMALL, preprocessing="robust").fit(X, y)
    assert np.isfinite(robust.predict_proba(gappy)).all()
    with pytest.raises(ValueError, match="Input X contains infinity"):
        BackpropClassifier(**SMALL).fit(np.where(gappy > 2, np.inf, gappy), y)


def test_what_a_masked_array_hides_is_a_gap() -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    gappy, hidden = X.copy(), np.ma.array(X, mask=X > 1)
    gappy[X > 1] = np.nan
    model = BackpropClassifier(**{**SMALL, "epochs": 3}).fit(hidden, y)
    expected = BackpropClassifier(**{**SMALL, "epochs": 3}).fit(gappy, y)
    np.testing.assert_array_equal(model.predict_proba(hidden), expected.predict_proba(gappy))


def test_a_gap_in_a_column_that_had_none_counts_as_its_mean_and_is_said() -> None:
    rng = np.random.default_rng(0)
    X, y = 5 + rng.normal(size=(90, 3)), np.arange(90) % 2
    X[7, 2] = np.nan  # in one fold's rows to score, and in no other's to train on
    said = r"X has gaps in column 2, and the rows of fit had none: the column's mean stands for them"
    for name in ("auto", "none", "center", "pca", "whiten"):
        model = BackpropClassifier(**{**SMALL, "epochs": 3}, preprocessing=name)
        with pytest.warns(Note, match=said):
            scores = cross_val_score(model, X, y, cv=KFold(3), scoring="neg_log_loss", error_score="raise")
        assert np.isfinite(scores).all()
        model.fit(X[30:], y[30:])
        with pytest.warns(Note, match=said):
            found = model.predict_proba(X[:30])
        filled = np.where(np.isnan(X), mean(X[30:]), X)[:30]
        np.testing.assert_array_equal(found, model.predict_proba(filled))
        with pytest.warns(Note, match=said):
            model.fit(X[30:], y[30:], X_val=X[:30], y_val=y[:30])
        with pytest.warns(Note, match=said):
            model.partial_fit(X[:30], y[:30])
    scarce = BackpropClassifier(**{**SMALL, "epochs": 3}).fit(sparse.csr_array(X[30:]), y[30:])
    with pytest.warns(Note, match=said):
        np.testing.assert_array_equal(scarce.predict_proba(X[:30]), scarce.predict_proba(X[:30]))


def cut(n: int) -> Any:
    return pd.cut(np.arange(n) % 10, [-1, 2, 5, 10])


TYPES: dict[str, tuple[Callable[[int], Any], str]] = {
    "intervals": (cut, "category"),
    "interval objects": (lambda n: pd.Series(cut(n)).astype(object), "category"),
    "interval array": (lambda n: pd.arrays.IntervalArray(cut(n)), "category"),
    "periods": (lambda n: pd.period_range("2020-01", periods=n, freq="M"), "date"),
    "periods as categories": (lambda n: pd.Categorical(pd.period_range("2020-01", periods=5, freq="M").repeat(n // 5)),
                              "category"),
    "ordered": (lambda n: pd.Categorical(np.arange(n) % 3, ordered=True), "category"),
    "truth as categories": (lambda n: pd.Categorical(np.arange(n) % 2 == 0), "category"),
    "times with a zone": (lambda n: pd.date_range("2020-01-01", periods=n, tz="Europe/Berlin"), "date"),
    "durations": (lambda n: pd.to_timedelta(np.arange(n) ** 2, unit="min"), "number"),
    "nullable": (lambda n: pd.array([None, *range(n - 1)], dtype="Int64"), "number"),
    "arrow text": (lambda n: pd.array(["a", "b", "c", None, "a"] * (n // 5), dtype="string[pyarrow]"), "category"),
    "arrow dictionary": (lambda n: pd.arrays.ArrowExtensionArray(pa.array([*"abc", None, "a"] * (n // 5))
                         .dictionary_encode()), "category"),
    "arrow decimal": (lambda n: pd.arrays.ArrowExtensionArray(pa.array([Decimal(k) / 4 for k in range(n)])), "number"),
    "fractions": (lambda n: [Fraction(k, 3) for k in range(n)], "number"),
    "huge whole numbers": (lambda n: [10**30 * k for k in range(n)], "number"),
    "sparse": (lambda n: pd.arrays.SparseArray([0.0, 0.0, 1.5, 0.0, 2.5] * (n // 5)), "number"),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_every_type_of_column_is_what_it_says(name: str) -> None:
    made, kind = TYPES[name]
    X = pd.DataFrame({"a": made(60), "t": [*"uvw"] * 20})
    model = BackpropClassifier(3, epochs=2, patience=0).fit(X, np.arange(60) % 2)
    assert model.model_.schema.kinds == (kind, "category")
    np.testing.assert_allclose(model.predict_proba(X[9:12]), model.predict_proba(X)[9:12])


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_categories_of_polars_are_categories(kind: str) -> None:
    pl = pytest.importorskip("polars")
    words = [*"uvw"] * 20
    X = pl.DataFrame({"a": pl.Series(words).cast(pl.Enum([*"uvw"]) if kind == "Enum" else pl.Categorical), "t": words})
    model = BackpropClassifier(3, epochs=2, patience=0).fit(X, np.arange(60) % 2)
    assert model.model_.schema.levels == (("u", "v", "w"), ("u", "v", "w"))
    np.testing.assert_allclose(model.predict_proba(X[9:12]), model.predict_proba(X)[9:12])


def test_they_work_in_searches_and_pipelines() -> None:
    X, y = people()
    model = BackpropClassifier(**{**SMALL, "epochs": 40}, early_stopping=True)
    assert cross_val_score(make_pipeline(FunctionTransformer(), clone(model)), X, y, cv=3).mean() > 0.7
    search = GridSearchCV(model, {"preprocessing": ["auto", "quantile"]}, cv=2).fit(X, y)
    assert search.best_estimator_.predict(X).shape == (240,)
    amounts = BackpropRegressor(**SMALL).fit(X, X["income"].isna() * 1.0 + (X["town"] == "Bonn"))
    assert amounts.score(X, X["income"].isna() * 1.0 + (X["town"] == "Bonn")) > 0.85


def test_columns_says_what_does_not_show() -> None:
    X, y = people()
    X = X[["town", "income"]].assign(zip=np.arange(len(X)) % 5 + 50000, row=np.arange(len(X)))
    with pytest.warns(Note, match=r"'name' is left out: it is text that differs .*columns=\{'name': 'category'\}"):
        model = BackpropClassifier(**SMALL).fit(X.assign(name=[f"n{n}" for n in range(len(X))]), y)
    assert model.model_.features == ("town", "income", "zip", "row")
    said = {"zip": "category", "row": "drop"}
    model = BackpropClassifier(**SMALL, columns=said).fit(X, y)
    assert model.model_.features == ("town", "income", "zip") and model.model_.schema.kinds[2] == "category"
    array = BackpropClassifier(**SMALL, columns={"x2": "category"}).fit(X[["income", "row", "zip"]].to_numpy(), y)
    assert array.model_.schema.kinds == ("number", "number", "category")
    numbers = BackpropClassifier(**SMALL, columns={"zip": "category"}).fit(X[["zip", "row"]], y)
    assert numbers.model_.schema.kinds == ("category", "number")


@pytest.mark.parametrize(
    ("column", "said", "message"),
    [
        (["1", "2", "x3"] + ["4"] * 30, {}, r"row 2 \(counted from 0\), column 'a': found 'x3', allowed: .*numbers"),
        ([1.0, np.inf] + [2.0] * 31, {}, r"row 1 \(counted from 0\), column 'a': found 'inf', allowed: finite numbers"),
        ([*"abc"] * 11, {"b": "number"}, "columns names 'b', which is no column of X; there are: a, t"),
        ([*"abc"] * 11, {"a": "text"}, r"columns=\{'a': 'text'\} is not allowed: it must be one of number, category"),
        ([*"abc"] * 11, {"a": "flag"}, "column 'a' is set to flag in columns, but has 3 values, expected 2"),
        ([*"abc"] * 11, {"a": "date"}, "column 'a': found 'a', allowed: dates"),
        ([*"abc"] * 11, {"a": "drop", "t": "drop"}, "no column is left"),
        ([[1], [2], [3]] * 11, {}, "column 'a' holds list<.*> values; each value must be a string, a number or a date"),
        ([{"b": 1}, 2, 3] * 11, {}, "row 0 .*column a: found a dict; each argument must be a string"),
    ],
)
def test_a_value_that_cannot_be_is_one_line(column: list[Any], said: dict[str, str], message: str) -> None:
    X = pd.DataFrame({"a": column, "t": ["u", "v", "w"] * 11})
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        BackpropClassifier(**SMALL, columns=said or None).fit(X, [0, 1, 1] * 11)
    text = str(caught.value)
    assert "\n" not in text and "params.yaml" not in text and "data." not in text


def test_a_wrong_value_at_predict_is_one_line() -> None:
    X = pd.DataFrame({"a": ["1", "2", None] * 11, "t": ["u", "v", "w"] * 11})
    model = BackpropClassifier(**SMALL).fit(X, [0, 1, 1] * 11)
    with pytest.raises(ValueError, match=r"X: row 1 \(counted from 0\), column a: found 'seven', allowed: finite"):
        model.predict(pd.DataFrame({"a": ["1", "seven"], "t": ["u", "u"]}))


def test_no_note_is_given_of_a_table_without_anything_odd() -> None:
    X, y = people()
    with warnings.catch_warnings():
        warnings.simplefilter("error", Note)
        BackpropClassifier(**SMALL).fit(X, y, X_val=X[:50], y_val=y[:50])
