"""A bare network learns as the engine does, and a row's gradient is what its factors say."""

import numpy as np
import pytest

from pipeline.claims.bare_networks import BareNetwork, row_norms, with_ones
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer


def bare(rows: int, batch: int) -> BareNetwork:
    rng = np.random.default_rng(0)
    x, d = rng.standard_normal((rows, 3)), rng.standard_normal((rows, 2))
    architecture = Architecture((3, 4, 2), ("tanh", "identity"), "squared_error")
    weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(float))
    return BareNetwork(architecture, weights, x, d, Optimizer(learning_rate=0.05, batch_size=batch), 1)


def test_a_look_is_the_same_in_pieces_and_an_epoch_lowers_the_loss() -> None:
    network = bare(300, 10)
    whole, parts = network.look(), [network.look(network.x[at:], network.d[at:]) for at in (0, 257)]
    np.testing.assert_allclose(whole.deltas[0][257:], parts[1].deltas[0], rtol=1e-12)
    before = network.measured()[0]
    network.epoch()
    assert network.measured()[0] < before


def test_the_norm_of_a_row_is_that_of_its_gradient() -> None:
    network = bare(40, 0)
    found = row_norms(network.look(), network.x)
    one = network.look(network.x[7:9][[0, 0]], network.d[7:9][[0, 0]])
    assert found[7] == pytest.approx(np.sqrt(sum(np.square(slope).sum() for slope in one.slopes)))


def test_one_update_of_one_row_is_a_step_along_its_gradient() -> None:
    network = bare(5, 1)
    before = [w.copy() for w in network.weights]
    slopes = network.look(network.x[[2, 2]], network.d[[2, 2]]).slopes
    network.update(2)
    for w, old, slope in zip(network.weights, before, slopes, strict=True):
        np.testing.assert_allclose(w, old - 0.05 * slope, rtol=1e-9)


def test_inputs_get_the_one_of_the_biases() -> None:
    assert with_ones(np.zeros((2, 1)), np.dtype(np.float32)).tolist() == [[1, 0], [1, 0]]
