"""Sums of arrays: right, and in an order that depends on their shape alone."""

import math

import numpy as np
import pytest

from pipeline.arithmetic.interpolation import interpolated
from pipeline.arithmetic.norms import norm
from pipeline.arithmetic.totals import deviation, mean, row_sums, total


@pytest.mark.parametrize("shape", [(0, 3), (1,), (7,), (5000,), (9001, 3), (11, 5000), (6, 2, 3)])
def test_a_total_is_the_sum_over_the_first_axis(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(total(x), x.sum(axis=0), rtol=1e-12, atol=1e-12)
    assert total(x.astype(np.float32)).dtype == np.float64


def test_a_total_does_not_depend_on_how_an_array_lies_in_memory() -> None:
    x = np.random.default_rng(1).standard_normal((3001, 17)).astype(np.float32)
    wide = np.zeros((3001, 40), np.float32)
    wide[:, 3:37:2] = x
    for other in (np.asfortranarray(x), wide[:, 3:37:2], x.T.copy().T):
        assert total(other).tobytes() == total(x).tobytes()


def test_a_long_total_keeps_its_digits() -> None:
    x = np.random.default_rng(2).random(10**6)
    assert total(x) == pytest.approx(math.fsum(x), rel=1e-14)


def test_means_count_rows_by_their_weights() -> None:
    x, weights = np.arange(12.0).reshape(4, 3), np.array([1, 0, 2, 1])
    np.testing.assert_allclose(mean(x, weights), np.average(x, axis=0, weights=weights))
    np.testing.assert_allclose(mean(x), x.mean(axis=0))
    np.testing.assert_allclose(deviation(x), x.std(axis=0, ddof=1))
    np.testing.assert_allclose(row_sums(x), x.sum(axis=1))


def test_a_norm_neither_overflows_nor_loses_small_numbers() -> None:
    assert norm(np.array([3e200, 4e200])) == pytest.approx(5e200)
    assert norm(np.array([3e-200, 4e-200])) == pytest.approx(5e-200)
    assert norm(np.zeros((2, 2))) == 0 and math.isnan(norm(np.array([1, np.nan])))


def test_lines_through_points_are_those_of_numpy() -> None:
    rng = np.random.default_rng(4)
    xs, ys = np.sort(rng.integers(0, 9, 30) / 4), rng.standard_normal(30)
    x = np.concatenate([rng.uniform(-1, 3, 200), xs])
    np.testing.assert_allclose(interpolated(x, xs, ys), np.interp(x, xs, ys), rtol=1e-12, atol=1e-12)
