"""From rows of any kinds of columns to inputs: what is promised whatever the rows hold."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feed.inputs import EMBEDDINGS, RECIPES, Inputs, Preprocessing, fit_inputs, from_arrays, widest
from pipeline.feed.schema import CATEGORY, DATE, FLAG, KINDS, NUMBER, Schema

pytestmark = pytest.mark.filterwarnings("ignore::pipeline.errors.Note")

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
NAMES = [name for name in RECIPES if name not in ("pca", "whiten")]
EVERY = [Preprocessing(name, embedding=embedding, rare=2) for name, embedding in itertools.product(RECIPES, EMBEDDINGS)]
LEVELS = {NUMBER: (), DATE: (), FLAG: ("no", "yes"), CATEGORY: ("red", "green", "blue")}
VALUES = {
    NUMBER: st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 3).map(float)),
    DATE: st.floats(-6e10, 2.5e11),
    FLAG: st.integers(-1, 1).map(float),
    CATEGORY: st.integers(-1, 2).map(float),
}


def schema_of(kinds: tuple[str, ...]) -> Schema:
    names = tuple(f"{kind}{place}" for place, kind in enumerate(kinds))
    return Schema("classification", names, ("a", "b"), None, kinds, tuple(LEVELS[kind] for kind in kinds))


def rows_of(draw: Any, kinds: tuple[str, ...], least: int = 1) -> np.ndarray:
    row = st.tuples(*(st.one_of(st.just(float("nan")), VALUES[kind]) for kind in kinds))
    return np.array(draw(st.lists(row, min_size=least, max_size=12)), np.float64).reshape(-1, len(kinds))


@st.composite
def tables(draw: Any) -> tuple[Schema, np.ndarray, np.ndarray]:
    """A schema, rows to fit to, and others that may hold what those do not."""
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)))
    return schema_of(kinds), rows_of(draw, kinds), rows_of(draw, kinds)


@pytest.mark.parametrize("how", EVERY, ids=lambda how: f"{how.name}-{how.embedding}")
@settings(deadline=None)  # the first may compile
@given(table=tables())
def test_inputs_are_finite_and_those_of_a_row_are_its_own(how: Preprocessing, table: Any) -> None:
    schema, X, others = table
    inputs = fit_inputs(how, X, schema)
    together = inputs.apply(np.vstack([X, others]), SINGLE)
    assert np.isfinite(together).all()
    assert 0 < inputs.width <= widest(how, schema)
    for place, row in enumerate(others, len(X)):
        np.testing.assert_array_equal(inputs.apply(row[None], SINGLE)[0], together[place])


@pytest.mark.parametrize("how", EVERY, ids=lambda how: f"{how.name}-{how.embedding}")
@given(table=tables())
def test_plain_arrays_give_the_same_bits(how: Preprocessing, table: Any) -> None:
    schema, X, others = table
    inputs = fit_inputs(how, X, schema)
    arrays = inputs.to_arrays()
    assert all(array.dtype in (np.float64, np.int64) for array in arrays.values())
    again = from_arrays(arrays, schema, inputs.width)
    np.testing.assert_array_equal(again.apply(others, SINGLE), inputs.apply(others, SINGLE))
    assert again.names(schema) == inputs.names(schema)
    assert len(set(inputs.names(schema))) == inputs.width


def street() -> tuple[Schema, np.ndarray]:
    """Ten rows of a number with gaps, a category with a rare level, a flag, and a date."""
    X = np.array([[np.nan, 0, 1, 0], *([value, value % 2, value % 2, 86400 * 31 * value] for value in range(8))], float)
    X = np.vstack([X, [100, 2, np.nan, 86400]])
    schema = Schema(
        "classification",
        ("Lot", "Street", "Air", "when"),
        ("a", "b"),
        kinds=(NUMBER, CATEGORY, FLAG, DATE),
        levels=((), ("Pave", "Grvl", "Dirt"), ("N", "Y"), ()),
    )
    return schema, X


def robust(schema: Schema, X: np.ndarray, importance: np.ndarray | None = None, **how: Any) -> Inputs:
    return fit_inputs(Preprocessing("robust", **{"rare": 2, **how}), X, schema, importance)


def test_inputs_have_names_that_can_be_read() -> None:
    schema, X = street()
    assert robust(schema, X).names(schema) == [
        "Lot", "when",
        *(f"when {cycle} {way}" for cycle in ("year", "year/2", "week", "week/2", "week/3") for way in ("sin", "cos")),
        "Street other", "Street=Pave", "Street=Grvl", "Air missing", "Air=Y", "Lot missing",
    ]  # fmt: skip
    named = fit_inputs(Preprocessing("pca", rare=2), X, schema).names(schema)
    assert named[:2] == ["component 1", "component 2"]


def test_gaps_count_as_the_median_and_have_an_input_where_training_rows_had_some() -> None:
    schema, X = street()
    found = dict(zip(robust(schema, X).names(schema), robust(schema, X).apply(X, DOUBLE).T, strict=True))
    assert found["Lot"][0] == 0
    np.testing.assert_array_equal(found["Lot missing"], [1] + [0] * 9)
    np.testing.assert_array_equal(found["Air missing"], [0] * 9 + [1])
    whole = robust(schema, X[1:9])
    assert not [name for name in whole.names(schema) if "missing" in name]
    gap = dict(zip(whole.names(schema), whole.apply(np.full((1, 4), np.nan), DOUBLE)[0], strict=True))
    assert gap["Lot"] == gap["when"] == 0
    assert gap["Air=Y"] == gap["Street=Pave"] == 0.5  # nothing is known: the average of the training rows


def test_rare_and_unseen_levels_share_an_input_if_there_are_rare_ones() -> None:
    schema, X = street()
    row = X[1:2].copy()
    row[0, 1] = -1
    for rare, expected in ((2, 1.0), (1, None)):
        inputs = robust(schema, X, rare=rare)
        found = dict(zip(inputs.names(schema), inputs.apply(row, DOUBLE)[0], strict=True))
        assert found.get("Street other") == expected
    assert found["Street=Pave"] == pytest.approx(0.5)  # without an input of its own: the average


def test_a_column_of_many_levels_keeps_those_with_the_most_rows() -> None:
    levels = tuple(f"level {number}" for number in range(50))
    schema = Schema("classification", ("city",), ("a", "b"), kinds=(CATEGORY,), levels=(levels,))
    X = np.repeat(np.arange(50.0), np.arange(1, 51))[:, None]
    named = robust(schema, X, levels=3).names(schema)
    assert named == ["city other", "city=level 47", "city=level 48", "city=level 49"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_a_row_of_importance_2_counts_as_the_row_twice(name: str, embedding: str, rng: np.random.Generator) -> None:
    X = np.column_stack([rng.normal(size=40), rng.integers(0, 4, 40), rng.integers(0, 2, 40), rng.uniform(0, 3e8, 40)])
    X[rng.random(X.shape) < 0.1] = np.nan
    schema, _ = street()
    schema = dataclasses.replace(schema, levels=((), ("a", "b", "c", "d"), ("N", "Y"), ()))
    counts, how = rng.integers(1, 4, 40), Preprocessing(name, rare=15, embedding=embedding)
    one = fit_inputs(how, np.repeat(X, counts, axis=0), schema)
    for scale in (1.0, 0.37):  # only how weights compare matters
        other = fit_inputs(how, X, schema, counts * scale)
        assert one.names(schema) == other.names(schema)
        np.testing.assert_allclose(one.apply(X, DOUBLE), other.apply(X, DOUBLE), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_columns_in_another_order_give_the_same_inputs_by_name(name: str) -> None:
    schema, X = street()
    order = [2, 0, 3, 1]
    moved = dataclasses.replace(
        schema,
        features=tuple(schema.features[j] for j in order),
        kinds=tuple(schema.kinds[j] for j in order),
        levels=tuple(schema.levels[j] for j in order),
    )
    how = Preprocessing(name, rare=2)
    found = [fit_inputs(how, rows, meaning) for rows, meaning in ((X, schema), (X[:, order], moved))]
    one = dict(zip(found[0].names(schema), found[0].apply(X, DOUBLE).T, strict=True))
    other = dict(zip(found[1].names(moved), found[1].apply(X[:, order], DOUBLE).T, strict=True))
    assert one.keys() == other.keys()
    for key, values in one.items():
        np.testing.assert_allclose(values, other[key], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, 7.25, -1e300, np.nan])
@pytest.mark.parametrize("name", RECIPES)
def test_a_column_of_one_value_says_nothing(name: str, value: float) -> None:
    schema = schema_of((NUMBER, NUMBER))
    X = np.column_stack([np.arange(5.0), np.full(5, value)])
    made = fit_inputs(Preprocessing(name), X, schema).apply(X, DOUBLE)
    assert np.isfinite(made).all()
    assert name == "none" or len(np.unique(made[:, -1])) == (1 if name in NAMES else 5)


def test_plain_arrays_are_only_expanded_where_that_is_asked_for(rng: np.random.Generator) -> None:
    schema, X = Schema("classification", ("a", "b", "c"), ("x", "y")), rng.exponential(size=(50, 3))
    assert fit_inputs(Preprocessing("center"), X, schema).expansion is None
    assert fit_inputs(Preprocessing("robust"), X, schema).width == 3
    assert fit_inputs(Preprocessing("center", embedding="periodic", waves=2), X, schema).width == 15


def test_rows_are_expanded_some_at_a_time_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    schema, X = street()
    X = np.tile(X, (30, 1))
    whole = robust(schema, X).apply(X, SINGLE)
    for module in ("inputs", "survey"):
        monkeypatch.setattr(f"pipeline.feed.{module}.CHUNK", 7)
    np.testing.assert_array_equal(robust(schema, X).apply(X, SINGLE), whole)


def test_of_very_many_rows_a_sample_sets_the_scale(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    schema, X = schema_of((NUMBER,)), rng.normal(3, 2, (20_000, 1))
    whole = robust(schema, X).apply(X, DOUBLE)
    monkeypatch.setattr("pipeline.feed.survey.SAMPLED", 5_000)
    np.testing.assert_allclose(robust(schema, X).apply(X, DOUBLE), whole, atol=0.1)
