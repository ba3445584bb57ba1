"""The network of the notes' figures: 784-30-10 logistic units, cross-entropy, first weights from N(0, 1) (notes §5)."""

import numpy as np

from pipeline.claims.bare_networks import BareNetwork, with_ones
from pipeline.claims.claim import Values
from pipeline.claims.material import Material
from pipeline.feed.targets import one_hot
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer

WHITE = 255  # of a pixel


def learned(settings: Values, on: Material, seed: int, every: int) -> dict[str, list[float]]:
    """Loss and error of training and held-out rows, after each ``every``-th epoch, each a curve by its name."""
    assert on.held_out is not None
    dtype = np.dtype(np.float32)
    x, held = on.train.X / dtype.type(WHITE), with_ones(on.held_out.X / dtype.type(WHITE), dtype)
    architecture = Architecture((x.shape[1], settings["hidden"], 10), ("logistic", "logistic"), "binary_cross_entropy")
    rng = np.random.default_rng(seed)
    weights = initialize(architecture.sizes, "normal", rng, dtype, sigma=settings["sigma"])
    optimizer = Optimizer(learning_rate=settings["learning_rate"], batch_size=settings["batch_size"])
    network = BareNetwork(architecture, weights, x, one_hot(on.train.y, 10, (0, 1), dtype), optimizer, seed)
    d = one_hot(on.held_out.y, 10, (0, 1), dtype)
    curves: dict[str, list[float]] = {name: [] for name in ("loss", "error", "held_loss", "held_error")}
    for epoch in range(1, settings["epochs"] + 1):
        network.epoch()
        if epoch % every == 0:
            for curve, value in zip(curves.values(), (*network.measured(), *network.measured(held, d)), strict=True):
                curve.append(value)
    return curves
