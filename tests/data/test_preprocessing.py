"""Normalization: what each option promises, and where rounding or a constant column could break it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline.data.preprocessing import PREPROCESSING, center, standardize

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 30), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda value: round(value, 3)),
)


@given(tables)
def test_standardized_columns_have_mean_0_and_variance_1_or_0(X: np.ndarray) -> None:
    Z = standardize(X).apply(X, np.dtype(float))
    constant = X.min(axis=0) == X.max(axis=0)
    assert not Z[:, constant].any()
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(Z[:, ~constant].var(axis=0), 1, rtol=1e-6)


@given(tables)
def test_centered_columns_have_mean_0_and_keep_their_proportions(X: np.ndarray) -> None:
    fitted = center(X)
    assert len(set(fitted.scale)) == 1
    np.testing.assert_allclose(fitted.apply(X, np.dtype(float)).mean(axis=0), 0, atol=1e-6)


@pytest.mark.parametrize("name", PREPROCESSING)
def test_apply_and_revert_are_inverse(name: str, rng: np.random.Generator) -> None:
    X = rng.normal(5, 3, (20, 3))
    fitted = PREPROCESSING[name](X)
    np.testing.assert_allclose(fitted.revert(fitted.apply(X, np.dtype(float))), X, rtol=1e-12)


def test_a_constant_that_binary_cannot_hold_stays_constant() -> None:
    X = np.full((107, 1), 0.1)
    np.testing.assert_array_equal(standardize(X).apply(np.array([[0.2]]), np.dtype(float)), [[0.1]])


def test_time_stamps_keep_their_seconds_in_float32() -> None:
    X = 1.7e9 + np.arange(100.0)[:, None]
    assert len(np.unique(standardize(X).apply(X, np.dtype(np.float32)))) == 100


def test_pixels_of_a_byte_give_the_same_bits_as_their_floats() -> None:
    X = np.random.default_rng(0).integers(0, 256, (50, 4), np.uint8)
    a, b = standardize(X), standardize(X.astype(float))
    np.testing.assert_array_equal(a.apply(X, np.dtype(np.float32)), b.apply(X.astype(float), np.dtype(np.float32)))
