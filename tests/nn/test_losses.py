import numpy as np
import pytest

from pipeline.nn.losses import LOSSES, accepts
from tests.nn.numeric import assert_slope


def examples(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    y = rng.uniform(0.05, 0.95, (5, 3))
    return y, np.eye(3)[rng.integers(0, 3, 5)]


@pytest.mark.parametrize("name", LOSSES)
def test_error_is_minus_the_derivative(name: str, rng: np.random.Generator) -> None:
    y, d = examples(rng)
    error = np.empty_like(y)
    LOSSES[name].error(y, d, error)
    assert_slope(lambda: float(LOSSES[name].values(y, d).sum()), [y], [-error], seed=1)


def test_squared_error_is_the_notes_formula() -> None:
    values = LOSSES["squared_error"].values(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]]))
    np.testing.assert_array_equal(values, [0.5 * (1 + 4)])


@pytest.mark.parametrize("name", LOSSES)
def test_a_perfect_output_costs_nothing_and_a_saturated_wrong_one_stays_finite(name: str) -> None:
    right, wrong = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert LOSSES[name].values(right, right)[0] == 0
    assert np.isfinite(LOSSES[name].values(wrong, right)[0])
    assert LOSSES[name].values(wrong, right)[0] > 0.5


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_per_example_and_keep_leading_axes(name: str, rng: np.random.Generator) -> None:
    y, d = examples(rng)
    stacked = LOSSES[name].values(np.stack([y, y]), np.stack([d, d]))
    assert stacked.shape == (2, 5)
    np.testing.assert_array_equal(stacked[1], LOSSES[name].values(y, d))


def test_a_cross_entropy_takes_probabilities_only() -> None:
    assert all(accepts(name, output) for name, loss in LOSSES.items() for output in loss.matched)
    assert accepts("squared_error", "tanh(0.5,1.2)")
    assert not accepts("cross_entropy", "logistic")
    assert not accepts("binary_cross_entropy", "tanh")
