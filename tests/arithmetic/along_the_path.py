"""SHA-256 of what decides a score, from prepared rows to the test score; printed, to compare processors.

``python -m tests.arithmetic.along_the_path`` prints one line of JSON.
"""

import hashlib
import json
from collections.abc import Callable, Iterable

import numpy as np

from pipeline.arithmetic import elementwise
from pipeline.feed.augmentation import Augmentation, augment
from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.rows import Rows
from pipeline.feed.sampling import SAMPLING
from pipeline.feed.schema import DATE, NUMBER, Schema
from pipeline.feed.weighting import Weighting, weighed
from pipeline.nn.initializers import INITIALIZERS, initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import SCHEDULES, Schedule
from pipeline.training.averaging import Averaging
from pipeline.training.determinism import Streams
from pipeline.training.fit import fit
from pipeline.training.hyperparameters import Hyperparameters, Network, resolved
from pipeline.training.metrics import loss_values, squared_errors, weighted_mean
from pipeline.training.readout import log_probabilities, merged, outputs
from pipeline.training.stopping import Stopping
from pipeline.training.threshold import Decision, best_threshold, rates

CLASSES = tuple("abcd")


def uniform(*shape: int) -> np.ndarray:
    """Draws that no library rounds."""
    return np.random.default_rng(shape).random(shape)


def table() -> tuple[np.ndarray, Schema]:
    X = uniform(300, 5) * [1, 1e3, 1e-3, 1e9, 7] + [0, 5, 0, 1e9, -3]
    X[::7, 1] = np.nan
    return X, Schema("regression", tuple("vwxyz"), (), kinds=(NUMBER, NUMBER, NUMBER, DATE, NUMBER), levels=((),) * 5)


def prepared() -> Iterable[np.ndarray]:
    """Fitted to a table, and its rows; with weights of the rows, too."""
    X, schema = table()
    for name in ("none", "center", "standardize", "robust", "quantile"):
        for embedding in ("none", "piecewise_linear", "periodic"):
            for importance in (None, uniform(300) + 0.1):
                inputs = fit_inputs(Preprocessing(name, embedding=embedding), X, schema, importance)
                yield from inputs.to_arrays().values()
                yield inputs.apply(X, np.dtype(np.float32))


def turned() -> Iterable[np.ndarray]:
    """By principal axes, of more rows than columns, and of fewer."""
    for rows, columns in ((300, 24), (20, 40)):
        X = uniform(rows, columns)
        schema = Schema("regression", tuple(map(str, range(columns))), ())
        for name in ("pca", "whiten"):
            inputs = fit_inputs(Preprocessing(name, components=0.9), X, schema, uniform(rows) + 0.1)
            yield from inputs.to_arrays().values()
            yield inputs.apply(X, np.dtype(np.float32))


def drawn() -> Iterable[np.ndarray]:
    """Weights, masks and orders."""
    for name in INITIALIZERS:
        for dtype in ("float32", "float64"):
            yield from initialize((30, 20, 10), name, Streams(1)["initialization"], np.dtype(dtype))
    yield Streams(1)["dropout"].random((50, 20), np.float32)
    for sampler in SAMPLING.values():
        order = sampler(200, lambda: uniform(200, 30).astype(np.float32))
        yield order(2, uniform(200), Streams(1)["sampling"])


def distorted() -> Iterable[np.ndarray]:
    how = Augmentation(rotation=20, shift=2, elastic=1.5, noise=0.1)
    yield augment(uniform(40, 108).astype(np.float32), (12, 9), how, Streams(2)["augmentation"], 0.3)
    yield augment(uniform(20, 300), (10, 10, 3), how, Streams(2)["augmentation"], 0.3)


def planned() -> Iterable[np.ndarray]:
    """Learning rates and weights of classes."""
    for name in SCHEDULES:
        rate = SCHEDULES[name](Schedule(name, factor=0.7, every=3, decay=0.1, epochs=40))
        yield np.array([rate(epoch, [1.0] * epoch) for epoch in range(1, 41)])
    y = np.random.default_rng(0).integers(0, 4, 200)
    yield weighed(Rows(uniform(200, 2), y, importance=uniform(200)), Weighting("balanced"), CLASSES)[1]


def measured() -> Iterable[np.ndarray]:
    """Losses, probabilities, means and thresholds, of readouts that are given."""
    z = ((uniform(3, 200, 4) - 0.5) * 30).astype(np.float32)
    d = np.eye(4, dtype=np.float32)[np.random.default_rng(1).integers(0, 4, 200)]
    for loss, output in (("cross_entropy", "softmax"), ("binary_cross_entropy", "logistic"), ("squared_error", "tanh")):
        together = merged(loss, z)
        architecture = Architecture((2, 4), (output,), loss)
        each = loss_values(architecture, together, d)
        y = outputs(loss, together)
        yield from (together, each, y, squared_errors(y, d), log_probabilities(loss, together, True))
        yield from (weighted_mean(each, None), weighted_mean(each, uniform(200)))
    positive, w = d[:, 0] > 0, uniform(200)
    yield np.array([best_threshold(y[:, 0], positive, Decision("chosen", name), w) for name in ("f1", "cost")])
    yield np.array(list(rates(positive, y[:, 0] > 0.5, w).values()))
    yield elementwise.quantile(uniform(500))


def fitted() -> tuple[list[np.ndarray], np.ndarray]:
    """Weights, and metrics by name, of a training of some epochs."""
    X = uniform(400, 30)
    y = (X[:, :4] + 0.3 * uniform(400, 4)).argmax(axis=1)
    schema = Schema("classification", tuple(map(str, range(30))), CLASSES)
    settings = resolved(
        Hyperparameters(
            Network((25, 12), "tanh,relu"), Optimizer("adamw", 0.01, batch_size=16, clip=1.0),
            regularizer=Regularizer(dropout=0.1, l2=1e-3), preprocessing=Preprocessing("whiten"),
            stopping=Stopping(4, 0, gradient_norm=1e-9), averaging=Averaging("exponential"),
        ), schema,
    )  # fmt: skip
    outcome = fit(settings, Rows(X[:300], y[:300]), Rows(X[300:], y[300:]), schema)
    assert outcome.model
    values = [value for _, value in sorted(outcome.metrics.items())]
    return outcome.model.weights, np.array([*values, *outcome.model.scores(X).ravel()])


def trained() -> Iterable[np.ndarray]:
    return fitted()[0]


def scored() -> Iterable[np.ndarray]:
    yield fitted()[1]


PARTS: tuple[Callable[[], Iterable[np.ndarray]], ...] = (
    prepared, turned, drawn, distorted, planned, measured, trained, scored,
)  # fmt: skip


def digests() -> dict[str, str]:
    """A hash of each part of the path."""
    found = {}
    for part in PARTS:
        digest = hashlib.sha256()
        for array in part():
            digest.update(np.ascontiguousarray(array).tobytes())
        found[part.__name__] = digest.hexdigest()[:24]
    return found


if __name__ == "__main__":
    print(json.dumps(digests()))
