"""Paired comparisons against figures that are known, and against what they promise."""

import numpy as np
import pytest

from pipeline.auditing.pairing import mcnemar, paired, resampled


def test_mcnemar_by_hand() -> None:
    """1 row only the one got wrong, 9 only the other: 2·(1 + 10)/2¹⁰."""
    one, other = np.zeros(50), np.zeros(50)
    one[0], other[1:10] = 1, 1
    one[20:30] = other[20:30] = 1
    assert mcnemar(one, other) == pytest.approx(2 * 11 / 2**10)
    assert mcnemar(other, one) == mcnemar(one, other)
    assert mcnemar(one, one) == 1


def test_equal_losses_are_no_difference() -> None:
    losses = np.arange(30) % 2 * 1.0
    assert not paired(losses, losses, counted=True).sure
    assert not paired(losses * 3, losses * 3, counted=False).sure


def test_an_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = [low <= 0.3 <= high for low, high in (resampled(rng.normal(0.3, 1, 80)) for _ in range(120))]
    assert np.mean(held) > 0.88


def test_groups_make_intervals_wider() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 30)
    losses = rng.normal(size=20)[groups] + rng.normal(0, 0.1, 600)
    alone, together = resampled(losses), resampled(losses, groups)
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])
    assert paired(losses, losses * 0, counted=True, groups=groups).p is None


def test_weights_count() -> None:
    one, weights = np.array([1.0, 0.0, 0.0, 0.0]), np.array([3.0, 1.0, 1.0, 1.0])
    assert paired(one, one * 0, counted=True, weights=weights).difference == pytest.approx(0.5)
