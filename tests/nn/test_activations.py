import numpy as np
import pytest
from scipy.special import expit

from pipeline.nn.activations import ACTIVATIONS
from tests.nn.numeric import assert_slope

V = np.linspace(-3, 3, 601)[None, :]


def phi(name: str, v: np.ndarray) -> np.ndarray:
    out = np.empty_like(v)
    ACTIVATIONS[name].forward(v.copy(), out)
    return out


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_backward_is_the_derivative(name: str, rng: np.random.Generator) -> None:
    v, weight = rng.standard_normal((4, 7)) * 2, rng.standard_normal((4, 7))
    e = weight.copy()
    ACTIVATIONS[name].backward(e, v.copy(), phi(name, v))
    assert_slope(lambda: float((weight * phi(name, v)).sum()), [v], [e], seed=3)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("tanh", np.tanh),
        ("lecun_tanh", lambda v: 1.7159 * np.tanh(2 / 3 * v)),
        ("logistic", expit),
        ("relu", lambda v: np.maximum(v, 0)),
        ("identity", lambda v: v),
        ("softmax", lambda v: np.exp(v) / np.exp(v).sum()),
    ],
)
def test_forward_is_the_formula(name: str, formula: object) -> None:
    np.testing.assert_allclose(phi(name, V), formula(V), rtol=1e-14)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["tanh", "lecun_tanh", "identity"])
def test_odd_functions_are_odd(name: str) -> None:
    np.testing.assert_array_equal(phi(name, -V), -phi(name, V))


def test_lecun_tanh_is_one_at_one_and_most_curved_there() -> None:
    """Notes §4: φ(1) = 1, φ(−1) = −1 and |φ″| largest at 1, as far as the rounded 1.7159 and 2/3 allow."""
    at_one = phi("lecun_tanh", np.array([[1.0, -1.0]]))
    np.testing.assert_allclose(at_one, [[1, -1]], atol=1e-4)
    fine = np.linspace(0, 3, 30001)
    curvature = np.abs(np.gradient(np.gradient(phi("lecun_tanh", fine[None])[0], fine), fine))
    assert abs(fine[curvature.argmax()] - 1) < 0.02


def test_softmax_survives_large_fields() -> None:
    y = phi("softmax", np.array([[1000.0, 0.0, -1000.0]]))
    np.testing.assert_allclose(y, [[1, 0, 0]], atol=1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_target_values_lie_inside_the_range(name: str) -> None:
    low, high = ACTIVATIONS[name].targets
    v = np.linspace(-50, 50, 101)
    wide = phi(name, np.stack([v, -v], axis=1))
    assert wide.min() - 1e-12 <= low < high <= wide.max() + 1e-12
