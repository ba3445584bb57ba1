"""Intervals hold the true score as often as they say, at small n too: a part of what `make coverage` prints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.reporting.evidence import COUNT, GROUP, ROW, Evidence, of_mean, of_share
from pipeline.reporting.intervals import COVERAGE, ENOUGH, coverage, in_words, interval
from tests.reporting.simulated import NORMAL, SKEWED, of_counts, of_losses, of_persons

DECISIVE = (0.001, 0.02, 0.1, 0.37, 0.5, 0.9, 0.999)


@settings(max_examples=30)
@given(st.integers(2, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_a_count_has_clopper_and_pearsons_interval(case: tuple[int, int], confidence: float) -> None:
    wrong, n = case
    found = interval(of_share(np.arange(n) < wrong), confidence)
    assert found == pytest.approx(stats.binomtest(wrong, n).proportion_ci(confidence, method="exact"))


@pytest.mark.parametrize("n", [5, 10, 30, 100, 700])
def test_counts_are_covered_at_every_rate(n: int) -> None:
    assert min(of_counts(rate, n) for rate in DECISIVE) >= 0.95


@pytest.mark.parametrize(("losses", "place"), [(NORMAL, 0), (SKEWED, 1)])
@pytest.mark.parametrize("n", [5, 100])
def test_means_are_covered_as_often_as_is_said(losses: str, place: int, n: int, rng: np.random.Generator) -> None:
    said = COVERAGE[n][place] / 100
    assert of_losses(losses, n, 1000, rng) == pytest.approx(said, abs=0.03)
    assert n < ENOUGH or said >= 0.93


def test_a_smaller_error_of_all_looks_together_widens_the_interval() -> None:
    for known in (of_share(np.arange(50) < 5), of_mean(np.arange(50.0))):
        (low, high), (least, most) = interval(known), interval(known, 1 - 0.05 / 6)  # type: ignore[misc]
        assert least < low < high < most


@pytest.mark.parametrize("values", [[0.0], [1.0]])
def test_one_row_has_no_interval(values: list[float]) -> None:
    assert interval(of_share(np.array(values))) is None
    assert interval(of_mean(np.array(values))) is None
    assert in_words(None, str) == "no interval"


def test_one_person_has_no_interval_however_many_rows() -> None:
    groups = np.zeros(50, int)
    assert interval(of_share(np.arange(50) < 5, groups=groups)) is None
    assert interval(of_mean(np.arange(50.0), groups=groups)) is None


def test_losses_that_are_all_equal_have_no_interval() -> None:
    assert interval(of_mean(np.full(5, 0.1))) is None
    assert interval(of_mean(0.125 + np.arange(5) * 1e-17, weights=np.arange(1.0, 6.0))) is None


def test_five_persons_with_coin_flips_for_labels_do_not_exclude_one_half(rng: np.random.Generator) -> None:
    """One of five persons wrong in all rows: by rows [11, 33] %, which excludes the true 50 %."""
    groups = np.repeat(np.arange(5), 10)
    low, high = interval(of_share(groups == 0, groups=groups))  # type: ignore[misc]
    assert low < 0.5 < high
    by_rows = interval(of_share(groups == 0))
    assert by_rows and by_rows[1] < 0.5
    assert of_persons(0.5, 5, 1.0, 200, rng) >= 0.95


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_persons_of_unequal_size_are_covered(rate: float, rng: np.random.Generator) -> None:
    assert of_persons(rate, 10, 0.5, 300, rng, sizes=(2, 5, 60, 20, 20)) >= 0.94


def test_groups_widen_the_interval_of_a_mean_too(rng: np.random.Generator) -> None:
    groups = np.repeat(np.arange(8), 10)
    losses = np.square(rng.normal(size=8)[groups] + 0.1 * rng.normal(size=80))
    (low, high), (least, most) = interval(of_mean(losses)), interval(of_mean(losses, groups=groups))  # type: ignore[misc]
    assert most - least > 1.5 * (high - low)


def test_groups_of_one_row_are_rows() -> None:
    known = of_share(np.arange(9) < 2, groups=np.arange(9)[::-1])
    assert (known.kind, known.by) == (COUNT, ROW)
    assert of_share(np.arange(9) < 2, groups=np.arange(9) // 2).by == GROUP


def test_weights_count_for_as_many_equal_rows() -> None:
    weights = np.where(np.arange(200) < 100, 1.0, 0.0)
    found = interval(of_share(np.arange(200) % 10 == 0, weights))
    plain = interval(of_share(np.arange(100) % 10 == 0))
    assert found == pytest.approx(plain, abs=0.01)


def test_labels_of_a_row_tell_more_than_one_and_less_than_all(rng: np.random.Generator) -> None:
    wrong = rng.random((100, 8)) + rng.random((100, 1)) < 0.6
    low, high = interval(of_share(wrong.mean(axis=1), labels=8))  # type: ignore[misc]
    rows, cells = (interval(of_share(np.arange(n) < round(n * wrong.mean()))) for n in (100, 800))
    assert rows and cells
    assert cells[1] - cells[0] < high - low < rows[1] - rows[0]


def test_the_interval_of_a_large_sample_is_close_to_the_normal_one(rng: np.random.Generator) -> None:
    values = rng.normal(5, 2, size=2000)
    half = 1.96 * values.std() / 2000**0.5
    assert interval(of_mean(values)) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.005)


def test_skewed_losses_have_a_longer_upper_side_and_none_below_zero(rng: np.random.Generator) -> None:
    values = rng.lognormal(size=10)
    low, high = interval(of_mean(values))  # type: ignore[misc]
    assert 0 <= low < values.mean() and high - values.mean() > values.mean() - low


@pytest.mark.parametrize(("units", "said"), [(1, None), (2, COVERAGE[2]), (4, COVERAGE[3]), (99, COVERAGE[30])])
def test_below_a_hundred_the_coverage_is_said(units: int, said: tuple[int, int] | None) -> None:
    known = Evidence(kind="mean", score=1.0, units=units, by=ROW, standard_error=1.0, freedom=units - 1)
    assert coverage(known) == said
    assert coverage(of_mean(np.arange(100.0))) is None
    assert coverage(of_share(np.arange(5) < 2)) is None
