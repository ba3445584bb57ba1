"""Scaling of numbers, held against well-kept references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import QuantileTransformer
from skrub import SquashingScaler

from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.quantiles import quantiles
from pipeline.feed.schema import NUMBER, Schema

DOUBLE = np.dtype(np.float64)


def scaled(name: str, X: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """The inputs that the columns of X, fitted to X, make of themselves or of ``others``: gaps left out."""
    names = tuple(map(str, range(X.shape[1])))
    schema = Schema("regression", names, (), kinds=(NUMBER,) * len(names), levels=((),) * len(names))
    made = fit_inputs(Preprocessing(name), X, schema).apply(X if others is None else others, DOUBLE)
    return made[:, : X.shape[1]]


values = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))
columns = hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=values)


@given(columns)
def test_robust_squashing_is_that_of_skrub(X: np.ndarray) -> None:
    np.testing.assert_allclose(scaled("robust", X), SquashingScaler().fit_transform(X), rtol=1e-9, atol=1e-9)


def test_robust_squashing_of_columns_with_gaps_is_that_of_skrub(rng: np.random.Generator) -> None:
    X = np.column_stack([rng.standard_cauchy(300), rng.integers(0, 2, 300) * (rng.random(300) < 0.1), np.ones(300)])
    X[rng.random(X.shape) < 0.2] = np.nan
    expected, others = SquashingScaler().fit(X), 50 * rng.standard_cauchy((100, 3))
    gaps = np.isnan(X)
    np.testing.assert_allclose(scaled("robust", X)[~gaps], expected.transform(X)[~gaps], rtol=1e-12)
    assert not scaled("robust", X)[gaps].any()
    np.testing.assert_allclose(scaled("robust", X, others), expected.transform(others), rtol=1e-12)


@pytest.mark.parametrize("rows", [5, 200, 5000])
def test_normal_scores_are_those_of_scikit_learn(rows: int, rng: np.random.Generator) -> None:
    X = np.column_stack([rng.exponential(size=rows), rng.standard_cauchy(rows), np.round(rng.normal(size=rows), 2)])
    reference = QuantileTransformer(n_quantiles=min(1000, rows), subsample=None, output_distribution="normal").fit(X)
    others = np.vstack([X, rng.standard_cauchy((200, 3)), np.full((1, 3), 1e9), np.full((1, 3), -1e9)])
    inner = (others > X.min(axis=0)) & (others < X.max(axis=0))
    found, expected = scaled("quantile", X, others), reference.transform(others)
    tied = inner[:, 2].copy()
    inner[:, 2] = False
    np.testing.assert_allclose(found[inner], expected[inner], rtol=1e-6, atol=1e-6)
    # Where rounding parts equal quantiles the reference is off by a part of a step.
    np.testing.assert_allclose(found[tied, 2], expected[tied, 2], atol=5 / rows)
    np.testing.assert_allclose(found[-2:], expected[-2:], atol=1e-5)


def test_a_value_that_many_rows_have_gets_the_middle_of_its_ranks() -> None:
    X = np.array([0.0] * 60 + list(range(1, 41)))[:, None]
    assert scaled("quantile", X)[0, 0] == pytest.approx(-0.53, abs=0.02)  # 30 % of the rows lie below the middle


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=values), st.data())
def test_weighted_quantiles_are_those_of_the_copies(column: np.ndarray, data: st.DataObject) -> None:
    counts = data.draw(hnp.arrays(np.int64, len(column), elements=st.integers(1, 4)))
    shares = np.array([0, 0.1, 0.25, 0.5, 0.9, 1])
    expected = np.quantile(np.repeat(column, counts), shares)
    np.testing.assert_allclose(quantiles(column, shares, counts.astype(float)), expected, rtol=1e-9, atol=1e-9)


def test_rows_of_no_weight_and_gaps_do_not_count() -> None:
    column, counts = np.array([1.0, np.nan, 2.0, 99.0]), np.array([1.0, 1.0, 1.0, 0.0])
    assert quantiles(column, np.array([0.5]), counts) == [1.5]
    assert quantiles(np.full(3, np.nan), np.array([0.5]), np.ones(3)) == [0]
