"""Products and eigenvectors: right, and of a row or a matrix alone."""

import numpy as np
import pytest

from pipeline.arithmetic.eigenvectors import eigenvectors
from pipeline.arithmetic.matrices import product


@pytest.mark.parametrize(("rows", "depth", "columns"), [(1, 1, 1), (3, 70, 5), (6, 131, 600), (2, 0, 3)])
def test_a_product_is_the_product_and_each_of_its_rows_that_of_a_row_alone(rows: int, depth: int, columns: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((rows, depth)), rng.standard_normal((columns, depth)).T
    found = product(a, b)
    np.testing.assert_allclose(found, a @ b, rtol=1e-12, atol=1e-12)
    assert product(a[:1], b).tobytes() == found[:1].tobytes()


def symmetric(kind: str) -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((90, 40)) * np.geomspace(1, 1e-6, 40)
    if kind == "of few directions":
        rows = rows + rows[:, ::-1]
    if kind == "huge":
        rows = rows * 1e140
    return rows.T @ rows


@pytest.mark.parametrize("kind", ["falling", "of few directions", "huge"])
def test_eigenvectors_are_orthogonal_and_give_the_matrix_back(kind: str) -> None:
    a = symmetric(kind)
    values, vectors = eigenvectors(a)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(len(a)), atol=1e-13)
    np.testing.assert_allclose(vectors.T * values @ vectors, a, atol=1e-13 * values[0])
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a)[::-1], atol=1e-13 * values[0])
    assert (np.diff(values) <= 0).all()


@pytest.mark.parametrize("a", [np.zeros((4, 4)), np.eye(3), np.ones((5, 5)), [[2.0]], np.diag([1, 0, 3e-300])])
def test_matrices_with_equal_eigenvalues_have_orthogonal_eigenvectors_too(a: np.ndarray) -> None:
    values, vectors = eigenvectors(a)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(len(a)), atol=1e-14)
    np.testing.assert_allclose(vectors.T * values @ vectors, a, atol=1e-14)


def test_what_is_not_finite_has_no_eigenvectors() -> None:
    with pytest.raises(ValueError, match="not finite"):
        eigenvectors(np.array([[1.0, np.nan], [np.nan, 1.0]]))
