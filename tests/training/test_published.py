"""Two published training curves, repeated number by number (Nielsen, Neural Networks and Deep Learning, chapter 3).

They were made by another program with other generators, so this says that the engine's mathematics is theirs: the same
initial weights and the same order of examples give the same 400 epochs.
"""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.nn.initializers import initialize
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.determinism import Streams
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Kept
from pipeline.training.readout import readout_of
from pipeline.training.training import make_engine

DATA = Path(__file__).parents[3] / "shared/data"
SEED, ROWS, EPOCHS, RATE = 12345678, 1000, 400, 0.5
ARCHITECTURE = Architecture((784, 30, 10), ("logistic", "logistic"), "binary_cross_entropy")

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the published curves are not part of the repository")


def images(name: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """x (count, 785) of float32 bytes/256 with the 1-column, in float64, and labels (count,)."""
    with gzip.open(next((DATA / "mnist").glob(f"{name}-images*"))) as stream:
        pixels = np.frombuffer(stream.read(), np.uint8, offset=16).reshape(-1, 784)[:count]
    with gzip.open(next((DATA / "mnist").glob(f"{name}-labels*"))) as stream:
        labels = np.frombuffer(stream.read(), np.uint8, offset=8)[:count]
    x = np.ones((len(pixels), 785))
    x[:, 1:] = pixels.astype(np.float32) / np.float32(256)
    return x, labels


def published_start() -> list[np.ndarray]:
    """Biases, then weights, N(0, 1), after a first set that its author drew and threw away."""
    generator = np.random.RandomState(SEED)
    for _ in range(2):
        biases = [generator.randn(m, 1) for m in (30, 10)]
        weights = [generator.randn(m, k) for k, m in ((784, 30), (30, 10))]
    return [np.hstack(pair) for pair in zip(biases, weights, strict=True)]


def published_order() -> Callable[[int], np.ndarray]:
    """Python 2's shuffle of the running order in each epoch."""
    generator, order = random.Random(SEED), np.arange(ROWS)

    def shuffled(epoch: int) -> np.ndarray:
        for i in range(ROWS - 1, 0, -1):
            j = int(generator.random() * (i + 1))
            order[[i, j]] = order[[j, i]]
        return order

    return shuffled


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize(("curve", "decay"), [("overfitting", 0.0), ("regularized", 0.1)])
def test_published_curves_are_repeated(curve: str, decay: float, engine: str) -> None:
    """Both counts equal in 400 of 400 epochs, costs within 1e-12."""
    expected = json.loads((DATA / f"published-curves/{curve}.json").read_text())
    parts = {"test": images("t10k", 10_000), "train": images("train", ROWS)}
    weights = initialize(ARCHITECTURE.sizes, "zeros", np.random.default_rng(0), np.dtype(float))
    for w, start in zip(weights, published_start(), strict=True):
        w[...] = start
    x, labels = parts["train"]
    made = make_engine(ARCHITECTURE, weights, Optimizer(batch_size=10), Regularizer(l2=decay / ROWS), ROWS, engine)
    epoch, order = Epoch(made, Kept(x), np.eye(10)[labels], Streams(0)), published_order()
    found: list[list[float]] = [[], [], [], []]
    for number in range(1, EPOCHS + 1):
        epoch.run([RATE, RATE], order(number))
        squares = sum(float(np.square(w[:, 1:]).sum()) for w in weights)
        for index, (rows, wanted) in enumerate(parts.values()):
            z = readout_of(ARCHITECTURE, weights, rows)
            cost = float(LOSSES["binary_cross_entropy"].values(z, np.eye(10)[wanted]).mean())
            found[2 * index].append(cost + 0.5 * decay / len(rows) * squares)
            found[2 * index + 1].append(int((z.argmax(axis=1) == wanted).sum()))
    for index, name in ((1, "test"), (3, "training")):
        equal = sum(a == b for a, b in zip(found[index], expected[index], strict=True))
        assert equal == EPOCHS, f"{name}: {equal} of {EPOCHS} counts are equal"
    for index in (0, 2):
        np.testing.assert_allclose(found[index], expected[index], rtol=1e-12)
