"""Normalization: what each option promises, and where rounding or a constant column could break it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA

from pipeline.feed.preprocessing import PREPROCESSING, center, standardize, unit_range

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


@given(tables)
def test_unit_range_is_from_0_to_1_and_keeps_the_proportions_of_columns(X: np.ndarray) -> None:
    fitted = unit_range(X)
    assert len({*zip(fitted.mean, fitted.scale, strict=True)}) == 1
    Z = fitted.apply(X, np.dtype(float))
    assert Z.min() == 0
    assert Z.max() == (1 if X.max() > X.min() else 0)


def test_pixels_in_unit_range_are_their_bytes_by_255() -> None:
    X = np.array([[0, 0, 7], [0, 255, 51]], np.uint8)
    np.testing.assert_allclose(unit_range(X).apply(X, np.dtype(np.float32)), X / 255, rtol=1e-7)


@pytest.mark.parametrize("name", ["none", "center", "standardize", "unit_range"])
def test_apply_and_revert_are_inverse(name: str, rng: np.random.Generator) -> None:
    X = rng.normal(5, 3, (20, 3))
    fitted = PREPROCESSING[name](X, 0)
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


COMPONENTS = ["pca", "whiten"]
DOUBLE = np.dtype(float)


def correlated(rng: np.random.Generator, rows: int = 200, columns: int = 5) -> np.ndarray:
    return rng.standard_normal((rows, columns)) @ rng.standard_normal((columns, columns)) + rng.normal(0, 50, columns)


@given(st.integers(0, 2**32 - 1), st.integers(3, 60), st.integers(1, 8))
def test_whitened_inputs_have_the_identity_as_covariance(seed: int, rows: int, columns: int) -> None:
    """Notes §4: uncorrelated, mean 0, equal variances; with fewer rows than columns, on what varies at all."""
    X = correlated(np.random.default_rng(seed), rows, columns)
    fitted = PREPROCESSING["whiten"](X, 0)
    Z = fitted.apply(X, DOUBLE)
    assert Z.shape == (rows, min(columns, rows - 1)) == (rows, fitted.width)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(Z.T @ Z / rows, np.eye(Z.shape[1]), atol=1e-6)


@pytest.mark.parametrize("rows", [200, 9])
def test_principal_components_are_those_of_scikit_learn(rows: int, rng: np.random.Generator) -> None:
    X = correlated(rng, rows, 12)
    fitted = PREPROCESSING["pca"](X, 4)
    expected = PCA(4).fit_transform((X - X.mean(axis=0)) / fitted.scale)
    found = fitted.apply(X, DOUBLE)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-6, atol=1e-8)
    assert fitted.axes is not None
    assert (fitted.axes[np.arange(4), np.abs(fitted.axes).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize("rows", [300, 20])
def test_all_components_keep_all_the_variance_largest_first(rows: int, rng: np.random.Generator) -> None:
    X = correlated(rng, rows, 25)
    variances = PREPROCESSING["pca"](X, 0).apply(X, DOUBLE).var(axis=0)
    assert (np.diff(variances) <= 1e-9).all()
    assert variances.sum() == pytest.approx(PREPROCESSING["center"](X, 0).apply(X, DOUBLE).var(axis=0).sum())


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_share_keeps_the_fewest_components_that_make_it_up(share: float, rng: np.random.Generator) -> None:
    X = correlated(rng, columns=8)
    whole = PREPROCESSING["pca"](X, 0).apply(X, DOUBLE).var(axis=0)
    kept = PREPROCESSING["pca"](X, share).width
    assert whole[:kept].sum() >= share * whole.sum() * (1 - 1e-9)
    assert whole[: kept - 1].sum() < share * whole.sum()


@pytest.mark.parametrize("name", COMPONENTS)
def test_columns_that_do_not_vary_are_dropped(name: str, rng: np.random.Generator) -> None:
    X = np.hstack([rng.standard_normal((50, 3)), np.full((50, 2), 7.0)])
    X = np.hstack([X, X[:, :1]])  # a repeated column adds nothing either
    fitted = PREPROCESSING[name](X, 6)
    assert fitted.width == 3
    assert np.isfinite(fitted.apply(X, DOUBLE)).all()


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (1, 4)])
def test_data_without_any_variance_leave_one_input(name: str, shape: tuple[int, int]) -> None:
    X = np.full(shape, 3.5)
    fitted = PREPROCESSING[name](X, 0)
    np.testing.assert_allclose(fitted.apply(X, DOUBLE), np.zeros((shape[0], 1)), atol=1e-12)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_row_alone_has_the_bits_it_has_among_others(name: str, rng: np.random.Generator) -> None:
    X = rng.integers(0, 256, (300, 40), np.uint8)
    fitted = PREPROCESSING[name](X, 0)
    together = fitted.apply(X, np.dtype(np.float32))
    for index in (0, 7, 255, 256, 299):
        np.testing.assert_array_equal(fitted.apply(X[index : index + 1], np.dtype(np.float32))[0], together[index])


def test_a_memory_map_gives_the_same_components(rng: np.random.Generator, tmp_path: Path) -> None:
    X = rng.integers(0, 256, (9000, 6), np.uint8)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    a, b = PREPROCESSING["whiten"](X, 0), PREPROCESSING["whiten"](mapped, 0)
    np.testing.assert_array_equal(a.axes, b.axes)
