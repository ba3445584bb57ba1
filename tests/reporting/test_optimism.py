"""The estimate is held against what really happens to the best of many, over simulated validation sets."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.reporting.optimism import mean_correlation, of_best_epoch, optimism

Array = np.ndarray
ROWS, CANDIDATES, SETS = 200, 12, 60


def drawn(rng: np.random.Generator, true: Array, shared: float) -> Array:
    """Errors (candidates, rows) at the rates ``true``: with probability ``shared`` a row decides alike for all."""
    own, common = rng.random((len(true), ROWS)), rng.random(ROWS)
    return (np.where(rng.random(ROWS) < shared, common, own) < true[:, None]).astype(float)


def estimated_and_real(rates: Callable[[np.random.Generator], Array], shared: float) -> tuple[float, float]:
    """Means over many validation sets of the estimate, and of the chosen one's true rate less its measured one."""
    rng, pairs = np.random.default_rng(559), []
    for _ in range(SETS):
        true = rates(rng)
        errors = drawn(rng, true, shared)
        chosen = errors.mean(axis=1).argmin()
        found = optimism(errors)
        assert found
        pairs.append((found.of_choice, true[chosen] - errors[chosen].mean()))
    estimate, real = np.mean(pairs, axis=0)
    return float(estimate), float(real)


@pytest.mark.parametrize("shared", [0.0, 0.7, 0.95])
def test_equal_candidates_flatter_as_much_as_is_estimated_however_alike_they_err(shared: float) -> None:
    estimate, real = estimated_and_real(lambda rng: np.full(CANDIDATES, 0.2), shared)
    assert estimate == pytest.approx(real, abs=0.008)


def test_candidates_that_really_differ_flatter_little_and_little_is_estimated() -> None:
    estimate, real = estimated_and_real(lambda rng: np.linspace(0.05, 0.6, CANDIDATES), 0.5)
    assert estimate == pytest.approx(real, abs=0.006)
    assert estimate < 0.012


def test_candidates_that_differ_a_little() -> None:
    estimate, real = estimated_and_real(lambda rng: rng.normal(0.2, 0.03, CANDIDATES).clip(0.05, 0.4), 0.5)
    assert estimate == pytest.approx(real, abs=0.008)


def test_the_more_alike_they_err_the_less_the_best_flatters(rng: np.random.Generator) -> None:
    true = np.full(CANDIDATES, 0.2)
    alone, alike = (optimism(drawn(rng, true, shared)) for shared in (0.0, 0.95))
    assert alone and alike
    assert alike.of_choice < alone.of_choice / 2
    assert alone.correlation == pytest.approx(0, abs=0.03)
    assert alike.correlation == pytest.approx(0.95, abs=0.05)


def test_of_the_same_candidate_many_times_no_bonus_is_made_of_chance(rng: np.random.Generator) -> None:
    one = drawn(rng, np.array([0.2]), 0)
    assert optimism(np.repeat(one, 5, axis=0)) is None
    assert mean_correlation(np.repeat(one, 5, axis=0)) == pytest.approx(1)


@pytest.mark.parametrize("errors", [np.zeros((4, 9)), np.zeros((1, 9)), np.ones((3, 5))])
def test_at_the_edge_nothing_is_estimated(errors: Array) -> None:
    assert optimism(errors) is None


def test_squared_errors_are_estimated_as_well() -> None:
    rng, pairs = np.random.default_rng(1), []
    for _ in range(SETS):
        errors = np.square(rng.normal(size=(CANDIDATES, ROWS)))
        found = optimism(errors)
        assert found
        pairs.append((found.of_choice, 1 - errors.mean(axis=1).min()))
    estimate, real = np.mean(pairs, axis=0)
    assert estimate == pytest.approx(real, rel=0.15)


def test_the_best_epoch_of_a_flat_noisy_curve_flatters_as_much_as_is_estimated() -> None:
    rng = np.random.default_rng(3)
    curves = rng.normal(0.1, 0.01, size=(400, 25))
    found = of_best_epoch(list(curves))
    assert found == pytest.approx(0.1 - curves.min(axis=1).mean(), rel=0.1)


def test_a_smooth_curve_has_no_best_epoch_by_chance_and_a_falling_one_says_nothing() -> None:
    epochs = np.arange(30)
    assert of_best_epoch([0.1 + 1e-6 * np.square(epochs - 15.0)]) == pytest.approx(0, abs=1e-5)
    assert of_best_epoch([np.linspace(1, 0, 30).tolist(), []]) is None
