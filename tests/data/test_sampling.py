"""Which examples an epoch shows, and in which order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data import sampling
from pipeline.data.sampling import SAMPLING


def clusters(per_cluster: int, rng: np.random.Generator) -> np.ndarray:
    """Eight far-apart clumps; row i belongs to clump i % 8."""
    centers = 100 * np.eye(8)
    return centers[np.arange(8 * per_cluster) % 8] + rng.standard_normal((8 * per_cluster, 8))


def test_uniform_is_the_generators_permutation() -> None:
    order = SAMPLING["uniform"](np.zeros((20, 2)))(1, None, np.random.default_rng(3))
    np.testing.assert_array_equal(order, np.random.default_rng(3).permutation(20))


@pytest.mark.parametrize("per_cluster", [10, 200])
def test_the_most_different_examples_come_first(per_cluster: int, rng: np.random.Generator) -> None:
    """Notes §4: each example radically different from those before it; so the first eight are from eight clumps."""
    x = clusters(per_cluster, rng)
    order = SAMPLING["most_different"](x)(1, None, rng)
    assert sorted(order) == list(range(len(x)))
    seen = [len(set(order[:n] % 8)) for n in (8, 12)]
    assert seen[0] == 8 if per_cluster == 10 else seen[0] >= 6
    assert seen[1] == 8


def test_each_pick_is_the_farthest_from_those_before(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 3))
    order = SAMPLING["most_different"](x)(1, None, rng)
    for place in range(1, 40):
        used, left = x[order[:place]], np.setdiff1d(np.arange(40), order[:place])
        nearest = np.square(x[left, None] - used).sum(axis=-1).min(axis=1)
        assert left[nearest.argmax()] == order[place]


@pytest.mark.parametrize("rows", [1, 2, 17, 40])
@pytest.mark.parametrize("exact", [0, 1024])
def test_every_row_comes_once_whatever_their_number(
    rows: int, exact: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "EXACT", exact)
    x = np.ones((rows, 2))
    assert sorted(SAMPLING["most_different"](x)(1, None, rng)) == list(range(rows))


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_large_errors_come_more_often_by_their_share(seed: int, rows: int) -> None:
    """N p_i = 1/2 + N/2 · E_i/ΣE, rounded up or down."""
    rng = np.random.default_rng(seed)
    losses = rng.exponential(size=rows) ** 3
    order = SAMPLING["largest_error"](np.zeros((rows, 1)))(2, losses, rng)
    expected = 0.5 + 0.5 * rows * losses / losses.sum()
    assert len(order) == rows
    assert (np.abs(np.bincount(order, minlength=rows) - expected) < 1 + 1e-6).all()


def test_no_example_starves() -> None:
    losses = np.zeros(50)
    losses[7] = 1
    draw, rng = SAMPLING["largest_error"](np.zeros((50, 1))), np.random.default_rng(0)
    count = sum(np.bincount(draw(2, losses, rng), minlength=50) for _ in range(100))
    assert count[7] > 2000
    assert np.delete(count, 7).min() > 20


@pytest.mark.parametrize("losses", [None, np.zeros(9), np.array([np.inf] + [1.0] * 8), np.full(9, np.nan)])
def test_without_usable_losses_the_order_is_uniform(losses: np.ndarray | None) -> None:
    order = SAMPLING["largest_error"](np.zeros((9, 1)))(1, losses, np.random.default_rng(1))
    assert sorted(order) == list(range(9))


@pytest.mark.parametrize("name", SAMPLING)
def test_the_generator_decides(name: str, rng: np.random.Generator) -> None:
    x, losses = rng.standard_normal((30, 2)), rng.random(30)
    one, same, other = (SAMPLING[name](x)(2, losses, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
