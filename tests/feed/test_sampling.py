"""Which examples an epoch shows, and in which order."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feed import sampling
from pipeline.feed.sampling import SAMPLING, Order
from pipeline.training.fit import fit
from tests.training.test_fit import CLASSES, rings, settings_with


def clusters(per_cluster: int, rng: np.random.Generator) -> np.ndarray:
    """Eight far-apart clumps; row i belongs to clump i % 8."""
    centers = 100 * np.eye(8)
    return centers[np.arange(8 * per_cluster) % 8] + rng.standard_normal((8 * per_cluster, 8))


def order_of(name: str, x: np.ndarray) -> Order:
    """The order that a sampler makes of prepared rows x (rows, m_0)."""
    return SAMPLING[name](len(x), lambda: x)


@pytest.mark.parametrize("name", SAMPLING)
def test_a_sampler_that_asks_for_inputs_gets_them_under_any_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were shown, (n, 0), to all but the one called most_different."""
    asked: list[np.ndarray] = []

    def curious(rows: int, inputs: Callable[[], np.ndarray]) -> Order:
        asked.append(inputs())
        return make(rows, inputs)

    make = SAMPLING[name]
    monkeypatch.setitem(SAMPLING, name, curious)
    settings = settings_with(1, sampling__name=name)
    outcome = fit(settings, rings(1), rings(2), CLASSES)
    assert outcome.model
    np.testing.assert_array_equal(asked[0], outcome.model.prepare(rings(1).X)[:, 1:])


def test_uniform_is_the_generators_permutation() -> None:
    order = order_of("uniform", np.zeros((20, 2)))(1, None, np.random.default_rng(3))
    np.testing.assert_array_equal(order, np.random.default_rng(3).permutation(20))


@pytest.mark.parametrize("exact", [0, 2048])
@pytest.mark.parametrize("seed", range(5))
def test_the_most_different_examples_come_first(seed: int, exact: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes §4: each example radically different from those before it; so the first eight are from eight clumps."""
    monkeypatch.setattr(sampling, "EXACT", exact)
    rng = np.random.default_rng(seed)
    x = clusters(50, rng)
    order = order_of("most_different", x)(1, None, rng)
    assert sorted(order) == list(range(len(x)))
    seen = [len(set(order[:n] % 8)) for n in (8, 16)]
    assert seen[0] == 8 if exact else seen[0] >= 6
    assert seen[1] == 8


def test_a_uniform_order_does_not_see_all_clumps_first() -> None:
    x, rng = clusters(50, np.random.default_rng(0)), np.random.default_rng(0)
    seen = [len(set(order_of("uniform", x)(1, None, rng)[:8] % 8)) for _ in range(50)]
    assert np.mean(seen) < 6


def recent(x: np.ndarray, order: np.ndarray) -> float:
    """Mean squared distance of the examples of the first half to the nearest of those just before them."""
    return float(np.mean([np.square(x[order[i]] - x[order[max(0, i - 64) : i]]).sum(1).min() for i in range(1, 500)]))


def test_among_many_rows_too_examples_differ_from_those_just_before(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candidates that lost must not fill the pool: all that is left then are rows like those before."""
    monkeypatch.setattr(sampling, "EXACT", 0)
    x = rng.standard_normal((1000, 10))
    order = order_of("most_different", x)(1, None, rng)
    assert recent(x, order) > 1.3 * recent(x, rng.permutation(1000))


@pytest.mark.parametrize("exact", [0, 2048])
def test_what_rows_have_in_common_does_not_count(
    exact: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "EXACT", exact)
    x = (rng.standard_normal((200, 3)) * 1024).round().astype(np.float32) / 1024  # exact with 4096 added, too
    near, far = (order_of("most_different", rows)(1, None, np.random.default_rng(0)) for rows in (x, x + 4096))
    np.testing.assert_array_equal(near, far)


def test_each_pick_is_the_farthest_from_those_before(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 3))
    x.flags.writeable = False
    order = order_of("most_different", x)(1, None, rng)
    for place in range(1, 40):
        used, left = x[order[:place]], np.setdiff1d(np.arange(40), order[:place])
        nearest = np.square(x[left, None] - used).sum(axis=-1).min(axis=1)
        assert left[nearest.argmax()] == order[place]


@pytest.mark.parametrize("rows", [1, 2, 17, 40])
@pytest.mark.parametrize("exact", [0, 2048])
def test_every_row_comes_once_whatever_their_number(
    rows: int, exact: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "EXACT", exact)
    x = np.ones((rows, 2))
    assert sorted(order_of("most_different", x)(1, None, rng)) == list(range(rows))


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_large_errors_come_more_often_by_their_share(seed: int, rows: int) -> None:
    """N p_i = 1/2 + N/2 · E_i/ΣE, rounded up or down."""
    rng = np.random.default_rng(seed)
    losses = rng.exponential(size=rows) ** 3
    order = order_of("largest_error", np.zeros((rows, 1)))(2, losses, rng)
    expected = 0.5 + 0.5 * rows * losses / losses.sum()
    assert len(order) == rows
    assert (np.abs(np.bincount(order, minlength=rows) - expected) < 1 + 1e-6).all()


def test_rounding_leaves_the_shares_alone() -> None:
    """Summed in float32, these shares would fall short by rows, and the last row would come that much more often."""
    losses = (np.random.default_rng(0).exponential(size=400_000) ** 3).astype(np.float32)
    order = order_of("largest_error", np.empty((400_000, 0)))(2, losses, np.random.default_rng(1))
    expected = 0.5 + 0.5 * 400_000 * losses / losses.sum(dtype=float)
    assert (np.abs(np.bincount(order, minlength=400_000) - expected) < 1 + 1e-6).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_too_large_to_sum_still_have_their_shares(dtype: type) -> None:
    losses: np.ndarray = np.full(100, np.finfo(dtype).max / 2, dtype)
    order = order_of("largest_error", np.empty((100, 0)))(2, losses, np.random.default_rng(1))
    assert sorted(order) == list(range(100))


def test_repeats_of_an_example_are_spread_over_the_epoch() -> None:
    losses = np.eye(200)[150]
    order = order_of("largest_error", np.empty((200, 0)))(2, losses, np.random.default_rng(0))
    assert abs(np.flatnonzero(order == 150).mean() - 99.5) < 20


def test_no_example_starves() -> None:
    losses = np.zeros(50)
    losses[7] = 1
    draw, rng = order_of("largest_error", np.zeros((50, 1))), np.random.default_rng(0)
    count = np.bincount(np.concatenate([draw(2, losses, rng) for _ in range(100)]), minlength=50)
    assert count[7] > 2000
    assert np.delete(count, 7).min() > 20


@pytest.mark.parametrize("losses", [None, np.zeros(9), np.array([np.inf] + [1.0] * 8), np.full(9, np.nan)])
def test_without_usable_losses_the_order_is_uniform(losses: np.ndarray | None) -> None:
    order = order_of("largest_error", np.zeros((9, 1)))(1, losses, np.random.default_rng(1))
    assert sorted(order) == list(range(9))


@pytest.mark.parametrize("name", SAMPLING)
def test_the_generator_decides(name: str, rng: np.random.Generator) -> None:
    x, losses = rng.standard_normal((30, 2)), rng.random(30)
    one, same, other = (order_of(name, x)(2, losses, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", SAMPLING)
def test_an_order_is_of_row_numbers_and_uses_losses_only_if_it_says_so(name: str, rng: np.random.Generator) -> None:
    x, losses = rng.standard_normal((30, 2)), rng.random(30)
    with_losses, without = (order_of(name, x)(2, given, np.random.default_rng(1)) for given in (losses, None))
    assert with_losses.dtype == np.int64 and with_losses.shape == (30,)
    assert np.array_equal(with_losses, without) == (name != "largest_error")
