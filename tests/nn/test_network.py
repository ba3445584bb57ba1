import itertools

import numpy as np
import pytest

from pipeline.nn.activations import ACTIVATIONS
from pipeline.nn.initializers import initialize
from pipeline.nn.losses import LOSSES, accepts
from pipeline.nn.network import Architecture, Workspace, backward, factors, forward, gradients, readout
from pipeline.nn.regularizers import Regularizer, thinning
from tests.nn.numeric import assert_slope

HEADS = [(loss, output) for loss in LOSSES for output in ACTIVATIONS if accepts(loss, output)]
HIDDEN = [*(name for name in ACTIVATIONS if name != "softmax"), "tanh(0.5,1.2)"]
PENALTIES = [Regularizer(), Regularizer(l2=0.3), Regularizer(l1=0.2), Regularizer(l2=0.1, l1=0.1)]


def padded(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    x = rng.standard_normal((rows, columns + 1))
    x[:, 0] = 1
    return x


def away_from_kinks(
    architecture: Architecture, x: np.ndarray, space: Workspace, leading: tuple[int, ...], rng: np.random.Generator
) -> list[np.ndarray]:
    """Weights at which no field v and no weight is so near to 0 that a difference would cross ReLU's or L1's kink."""
    for _ in range(1000):
        weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(float), leading)
        for w in weights:
            w += 0.1 * rng.standard_normal(w.shape)
        forward(architecture, weights, x, space)
        if min(np.abs(a).min() for a in (*space.v, *weights)) > 1e-3:
            return weights
    raise AssertionError("no such weights found")


@pytest.mark.parametrize("leading", [(), (3,)])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("hidden", "head"), list(itertools.product(HIDDEN, HEADS)))
def test_gradient_of_the_whole_network(
    hidden: str, head: tuple[str, str], penalty: Regularizer, dropout: float, leading: tuple[int, ...]
) -> None:
    """Activation × loss × output × regularizer × dropout with a fixed mask × leading axes, against differences."""
    loss, output = head
    rng = np.random.default_rng(7)
    architecture = Architecture((3, 5, 4, 2), (hidden, hidden, output), loss)
    space = Workspace(architecture, 6, np.dtype(float), leading, dropout)
    x, d = padded(rng, 6, 3), np.eye(2)[rng.integers(0, 2, 6)]
    for mask in space.masks:
        thinning(rng.random(mask.shape), dropout, mask)
    weights = away_from_kinks(architecture, x, space, leading, rng)

    def objective() -> float:
        forward(architecture, weights, x, space)
        values = LOSSES[loss].values(readout(architecture, space), d)
        return float((values.mean(axis=-1) + penalty.value(weights)).sum())

    forward(architecture, weights, x, space)
    backward(architecture, weights, d, space)
    exact = gradients(factors(x, space))
    for gradient, w in zip(exact, weights, strict=True):
        penalty.subtract_gradient(gradient, w, rate=-1)
    assert_slope(objective, weights, exact, seed=11)


def test_the_notes_example_by_hand() -> None:
    """Notes §1: two inputs, one hidden layer of two units, two outputs, all logistic; every number by hand.

    y₁ = φ(W₁ [1 x]), y₂ = φ(W₂ [1 y₁]); δ₂ = (d − y₂) y₂ (1 − y₂), δ₁ = (W̲₂ᵀ δ₂) y₁ (1 − y₁), and each derivative
    is minus the signal before the weight going forward times the signal before it going back.
    """
    phi = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    x, d = np.array([1.0, -2.0]), np.array([1.0, 0.0])
    w1 = np.array([[0.1, 0.2, -0.3], [-0.1, 0.4, 0.5]])
    w2 = np.array([[0.3, -0.2, 0.6], [0.0, 0.7, -0.5]])
    a = phi(0.1 + 0.2 * 1 - 0.3 * -2)
    b = phi(-0.1 + 0.4 * 1 + 0.5 * -2)
    p = phi(0.3 - 0.2 * a + 0.6 * b)
    q = phi(0.0 + 0.7 * a - 0.5 * b)
    delta_p, delta_q = (1 - p) * p * (1 - p), (0 - q) * q * (1 - q)
    delta_a = (-0.2 * delta_p + 0.7 * delta_q) * a * (1 - a)
    delta_b = (0.6 * delta_p - 0.5 * delta_q) * b * (1 - b)
    by_hand = [
        -np.array([[delta_a, delta_a * 1, delta_a * -2], [delta_b, delta_b * 1, delta_b * -2]]),
        -np.array([[delta_p, delta_p * a, delta_p * b], [delta_q, delta_q * a, delta_q * b]]),
    ]

    architecture = Architecture((2, 2, 2), ("logistic", "logistic"), "squared_error")
    space = Workspace(architecture, 1, np.dtype(float))
    row = np.array([[1.0, *x]])
    y = forward(architecture, [w1, w2], row, space)
    np.testing.assert_allclose(y, [[p, q]], rtol=1e-14)
    backward(architecture, [w1, w2], d[None], space)
    for found, expected in zip(gradients(factors(row, space)), by_hand, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_leading_axes_are_separate_networks(rng: np.random.Generator) -> None:
    architecture = Architecture((4, 6, 3), ("tanh", "softmax"), "cross_entropy")
    weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(float), (5,))
    x, d = padded(rng, 8, 4), np.eye(3)[rng.integers(0, 3, 8)]
    together = Workspace(architecture, 8, np.dtype(float), (5,))
    forward(architecture, weights, x, together)
    backward(architecture, weights, d, together)
    for index in range(5):
        alone = Workspace(architecture, 8, np.dtype(float))
        mine = [w[index] for w in weights]
        forward(architecture, mine, x, alone)
        backward(architecture, mine, d, alone)
        for one, many in zip(alone.delta, together.delta, strict=True):
            np.testing.assert_allclose(many[index], one, rtol=1e-12, atol=1e-14)


def test_all_zero_weights_leave_everything_but_the_output_bias(rng: np.random.Generator) -> None:
    """Notes §4: with tanh units and all weights 0, only the bias of the output neuron has a gradient."""
    architecture = Architecture((1, 5, 1), ("tanh", "tanh"), "squared_error")
    weights = initialize(architecture.sizes, "zeros", rng, np.dtype(float))
    x = padded(rng, 10, 1)
    space = Workspace(architecture, 10, np.dtype(float))
    forward(architecture, weights, x, space)
    backward(architecture, weights, np.ones((10, 1)), space)
    first, second = gradients(factors(x, space))
    assert not first.any()
    assert not second[:, 1:].any()
    assert second[0, 0] != 0


def test_parameters_count_the_biases() -> None:
    assert Architecture((784, 30, 10), ("tanh", "softmax"), "cross_entropy").parameters == 785 * 30 + 31 * 10


def test_sizes_and_activations_must_agree() -> None:
    with pytest.raises(ValueError, match="3 sizes need 2 activations"):
        Architecture((2, 3, 1), ("tanh",), "squared_error")
