import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.reporting.uncertainty import error_interval, mean_interval
from scipy import stats


def test_wilson_at_97_per_cent_of_257_rows() -> None:
    """97 % accuracy on 257 rows: 95 % of such intervals reach from 94.0 % to 98.4 %."""
    low, high = error_interval(8 / 257, 257)
    assert (round(100 * (1 - high), 1), round(100 * (1 - low), 1)) == (94.0, 98.4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(case: tuple[int, int]) -> None:
    errors, n = case
    low, high = error_interval(errors / n, n)
    assert (low, high) == pytest.approx(stats.binomtest(errors, n).proportion_ci(0.95, method="wilson"))
    assert 0 <= low <= errors / n + 1e-12
    assert errors / n - 1e-12 <= high <= 1


def test_the_bootstrap_is_seeded_and_close_to_the_normal_interval(rng: np.random.Generator) -> None:
    values = rng.normal(5, 2, size=2000)
    low, high = mean_interval(values)
    assert (low, high) == mean_interval(values)
    half = 1.96 * values.std() / 2000**0.5
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval(np.full(5, 2.5)) == (2.5, 2.5)
