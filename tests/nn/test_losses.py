import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nn.activations import parse
from pipeline.nn.losses import LOSSES, accepts
from tests.nn.numeric import assert_slope


def examples(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(5, 3)), np.eye(3)[rng.integers(0, 3, 5)]


def linked(name: str, z: np.ndarray) -> np.ndarray:
    y = np.empty_like(z)
    parse(LOSSES[name].link).forward(z.copy(), y)
    return y


def value(name: str, z: list[float], d: list[float], dtype: type = np.float64) -> float:
    return float(LOSSES[name].values(np.array([z], dtype), np.array([d], dtype))[0])


@pytest.mark.parametrize("name", LOSSES)
def test_of_every_loss_the_derivative_by_the_readout_is_y_minus_d(name: str, rng: np.random.Generator) -> None:
    z, d = examples(rng)
    assert_slope(lambda: float(LOSSES[name].values(z, d).sum()), [z], [linked(name, z) - d], seed=1)


def test_squared_error_is_the_notes_formula() -> None:
    assert value("squared_error", [0.0, 1.0], [1.0, 3.0]) == 0.5 * (1 + 4)


@pytest.mark.parametrize(("name", "right"), [("squared_error", 1.0), *[(name, 1e4) for name in list(LOSSES)[1:]]])
def test_a_perfect_output_costs_nothing(name: str, right: float) -> None:
    low = -right if name == "binary_cross_entropy" else 0.0
    assert value(name, [right, low], [1.0, 0.0]) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_are_right_where_probabilities_round_to_0_and_1(dtype: type) -> None:
    """By hand: log(1 + e^−v) is v + log(1 + e^v) for v < 0. From rounded outputs float32 gave 17 as 87, or as 708.4."""
    assert value("binary_cross_entropy", [17.0], [0.0], dtype) == pytest.approx(17 + math.exp(-17), rel=1e-7)
    assert value("binary_cross_entropy", [17.0], [1.0], dtype) == pytest.approx(math.log1p(math.exp(-17)), rel=1e-6)
    assert value("cross_entropy", [20.0, 3.0], [0.0, 1.0], dtype) == pytest.approx(17, rel=1e-7)
    assert value("cross_entropy", [900.0, 0.0], [0.0, 1.0], dtype) == 900
    assert value("binary_cross_entropy", [-800.0], [1.0], dtype) == 800


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy"])
@given(v=st.floats(-1e4, 1e4), d=st.sampled_from([0.0, 0.1, 1.0]))
def test_cross_entropies_are_right_for_any_v(name: str, v: float, d: float) -> None:
    """Of two classes both are d log(1 + e^−v) + (1 − d) log(1 + e^v), v the difference of the softmax's two."""
    expected = d * np.logaddexp(0, -v) + (1 - d) * np.logaddexp(0, v)
    z, desired = ([v], [d]) if name == "binary_cross_entropy" else ([v, 0.0], [d, 1 - d])
    assert value(name, z, desired) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_per_example_and_keep_leading_axes(name: str, rng: np.random.Generator) -> None:
    z, d = examples(rng)
    stacked = LOSSES[name].values(np.stack([z, z]), np.stack([d, d]))
    assert stacked.shape == (2, 5)
    np.testing.assert_array_equal(stacked[1], LOSSES[name].values(z, d))


def test_a_cross_entropy_takes_probabilities_only() -> None:
    assert all(accepts(name, output) for name, loss in LOSSES.items() for output in loss.matched)
    assert accepts("squared_error", "tanh(0.5,1.2)")
    assert not accepts("cross_entropy", "logistic")
    assert not accepts("binary_cross_entropy", "tanh")
