"""Training as the notes promise it: the loop, stopping, streams, and the model that comes out."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed
from pipeline.nn.initializers import initialize
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture, Workspace, forward
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.determinism import STREAMS, Streams
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Kept
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters, Network, changed, resolved
from pipeline.training.metrics import score
from pipeline.training.model import Model, from_arrays
from pipeline.training.stopping import Stopping
from pipeline.training.training import make_engine

DEFAULTS = changed(
    Hyperparameters(),
    {
        "network": Network((8,), output="softmax", loss="cross_entropy", dtype="float64"),
        "preprocessing.name": "standardize",
        "stopping": Stopping(epochs=20, patience=0),
    },
)
CLASSES = Schema("classification", ("a", "b"), ("in", "out"))
REAL = Schema("regression", ("a", "b"), ())


def rings(seed: int, rows: int = 120) -> Rows:
    """Two classes that no line can part: inside and outside of a circle."""
    X = np.random.default_rng(seed).uniform(-1, 1, (rows, 2))
    return Rows(X, (np.square(X).sum(axis=1) > 0.6).astype(np.int64))


def settings_with(epochs: int = 20, patience: int = 0, **changes: Any) -> Hyperparameters:
    """DEFAULTS with other values, ``optimizer__batch_size=4``, or whole sections."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    made: Hyperparameters = changed(DEFAULTS, {"stopping": Stopping(epochs, patience), **dotted})
    return made


def run(schema: Schema = CLASSES, train: Rows | None = None, **changes: Any) -> Outcome:
    return fit(settings_with(**changes), train or rings(1), rings(2), schema)


def with_ones(X: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(X), 1)), X])


def epochs_of(
    architecture: Architecture,
    weights: list[np.ndarray],
    x: np.ndarray,
    d: np.ndarray,
    *,
    rate: float,
    batch: int,
    seed: int = 1,
) -> Iterator[int]:
    """Plain descent on prepared rows, in an order drawn anew in each epoch."""
    engine = make_engine(architecture, weights, Optimizer(batch_size=batch), Regularizer(), len(x))
    streams = Streams(seed)
    epoch = Epoch(engine, Kept(x), d, streams)
    for number in itertools.count(1):
        epoch.run([rate] * len(weights), streams["batches"].permutation(len(x)))
        yield number


def test_streams_are_the_children_of_the_seed() -> None:
    streams, children = Streams(5), np.random.SeedSequence(5).spawn(len(STREAMS))
    for name, child in reversed(list(zip(STREAMS, children, strict=True))):
        assert streams[name].random() == np.random.default_rng(child).random()


def same_weights(a: Outcome, b: Outcome) -> bool:
    assert a.model
    assert b.model
    return all(np.array_equal(v, w) for v, w in zip(a.model.weights, b.model.weights, strict=True))


def test_it_learns_what_a_line_cannot() -> None:
    outcome = run(epochs=60)
    assert outcome.score is not None
    assert outcome.score < 0.1
    assert run(network__hidden=(), epochs=60).score > 0.2  # type: ignore[operator]


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    assert same_weights(run(), run())
    assert not same_weights(run(), run(seed=2))


def test_the_outcome_is_that_of_the_best_epoch() -> None:
    seen: list[dict[str, float]] = []
    outcome = fit(DEFAULTS, rings(1), rings(2), CLASSES, lambda epoch, record: seen.append(record))
    errors = [record["validation/error"] for record in seen]
    assert outcome.score == min(errors)
    assert outcome.best_epoch == errors.index(min(errors)) + 1
    assert outcome.metrics == seen[outcome.best_epoch - 1]
    assert outcome.model
    again = score(outcome.model, rings(2).X, rings(2).y)
    assert {f"validation/{name}": value for name, value in again.items()}.items() <= outcome.metrics.items()


def test_some_training_rows_may_stand_for_all_when_they_are_measured() -> None:
    """Training and validation are the same to the bit; the training metrics are those of evenly taken rows."""
    train = rings(1)
    all_, some = run(train=train), run(train=train, measuring__measured_rows=30)
    assert same_weights(all_, some)
    assert all_.metrics["validation/loss"] == some.metrics["validation/loss"]
    assert some.last is not None
    taken = train.take(np.arange(30) * 4)
    assert some.record["train/loss"] == pytest.approx(score(some.last, taken.X, taken.y)["loss"])
    assert run(train=train, measuring__measured_rows=999).record == all_.record


@pytest.mark.parametrize(
    "rule", ["sampling.name=largest_error", "stopping.gradient_norm=0.1", "stopping.error_change=0.1"]
)
def test_what_goes_by_all_training_rows_wants_them_measured(rule: str) -> None:
    name, value = rule.split("=")
    chosen = changed(Hyperparameters(), {name: value if "name" in name else float(value)})
    with pytest.raises(NotAllowed, match=r"measuring.measured_rows=30: .* goes by all training rows: set it to 0"):
        resolved(changed(chosen, {"measuring.measured_rows": 30}), CLASSES)


def test_patience_stops_and_says_so() -> None:
    outcome = run(epochs=500, patience=3)
    assert outcome.stopped_by == "patience"
    assert outcome.epochs == outcome.best_epoch + 3
    assert run(epochs=2).stopped_by == "epochs"


def test_a_diverging_trial_is_reported_not_returned() -> None:
    outcome = run(
        REAL,
        Rows(rings(1).X, rings(1).X[:, 0] * 3),
        optimizer__learning_rate=1e6,
        network=Network((8,), "identity", "identity", "squared_error", dtype="float64"),
    )
    assert outcome.status == "diverged"
    assert outcome.model is None
    assert outcome.score is None
    assert f"after epoch {outcome.epochs}" in outcome.reason


def test_preprocessing_sees_training_rows_only() -> None:
    train = rings(1)
    outcome = fit(DEFAULTS, train, Rows(rings(2).X + 1000, rings(2).y), CLASSES)
    assert outcome.model
    np.testing.assert_allclose(outcome.model.inputs.affine.mean, train.X.mean(axis=0))


def test_regression_predicts_in_the_targets_units() -> None:
    train = Rows(rings(1).X, 1000 + 50 * rings(1).X.sum(axis=1))
    validation = Rows(rings(2).X, 1000 + 50 * rings(2).X.sum(axis=1))
    settings = settings_with(40, network=Network((8,), output="identity", loss="squared_error", dtype="float64"))
    outcome = fit(settings, train, validation, REAL)
    assert outcome.metric == "validation/mse"
    assert outcome.metrics["validation/r2"] > 0.99
    assert outcome.model
    found = outcome.model.predict(validation.X)
    assert outcome.score == pytest.approx(np.square(found - validation.y).mean())


def test_batch_size_of_all_rows_is_batch_learning() -> None:
    whole = run(optimizer__batch_size=0)
    assert same_weights(whole, run(optimizer__batch_size=120))
    assert same_weights(whole, run(optimizer__batch_size=10**6))


def test_one_batch_epoch_is_one_step_down_the_average_squared_error() -> None:
    """E = 1/(2N) Σ‖d − y‖², W ← W − η ∂E/∂W: the fall of E over a small step is η ‖∇E‖² (notes §3)."""
    rng = np.random.default_rng(0)
    architecture = Architecture((2, 4, 1), ("tanh", "identity"), "squared_error")
    weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(float))
    before = [w.copy() for w in weights]
    x, d = with_ones(rng.standard_normal((30, 2))), rng.standard_normal((30, 1))

    def energy() -> float:
        y = forward(architecture, weights, x, Workspace(architecture, 30, np.dtype(float)))
        return float(LOSSES["squared_error"].values(y, d).mean())

    rate, start = 1e-6, energy()
    next(epochs_of(architecture, weights, x, d, rate=rate, batch=0))
    squared_norm = sum(float(np.square((w - b) / rate).sum()) for w, b in zip(weights, before, strict=True))
    assert start - energy() == pytest.approx(rate * squared_norm, rel=1e-3)


def test_every_row_is_used_once_an_epoch_whatever_the_batch() -> None:
    """With one linear unit and a tiny rate, the order and size of batches can't matter beyond O(rate²)."""
    rng = np.random.default_rng(0)
    x, d = with_ones(rng.standard_normal((23, 2))), rng.standard_normal((23, 1))
    architecture, moved = Architecture((2, 1), ("identity",), "squared_error"), []
    for batch in (1, 23):
        weights = initialize(architecture.sizes, "zeros", rng, np.dtype(float))
        next(epochs_of(architecture, weights, x, d, rate=1e-7 * batch, batch=batch, seed=3))
        moved.append(weights[0] / 1e-7)
    expected = d.T @ x
    np.testing.assert_allclose(moved[0], expected, rtol=1e-4)
    np.testing.assert_allclose(moved[1], expected, rtol=1e-4)


def test_dropout_does_not_change_the_order_of_batches() -> None:
    plain, thinned = Streams(5), Streams(5)
    thinned["dropout"].random(1000)
    np.testing.assert_array_equal(plain["batches"].permutation(50), thinned["batches"].permutation(50))
    assert plain["batches"].random() != plain["initialization"].random()


def test_dropout_is_off_when_the_model_is_used() -> None:
    outcome = run(regularizer__dropout=0.5)
    assert outcome.model
    np.testing.assert_array_equal(outcome.model.scores(rings(3).X), outcome.model.scores(rings(3).X))
    assert not same_weights(outcome, run())


def round_trip(model: Model) -> Model:
    return from_arrays(model.to_arrays())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_comes_back_from_its_arrays_to_the_bit(dtype: str) -> None:
    model = run(network__dtype=dtype).model
    assert model
    np.testing.assert_array_equal(round_trip(model).scores(rings(3).X), model.scores(rings(3).X))
    assert round_trip(model).classes == ("in", "out")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("W1", np.zeros((3, 3)), "W1 has shape"),
        ("input_mean", np.zeros(5), "input_mean has shape"),
        ("W2", np.full((2, 9), np.nan), "W2 holds values"),
    ],
)
def test_broken_arrays_are_refused_by_name(name: str, value: np.ndarray, message: str) -> None:
    model = run(epochs=1).model
    assert model
    with pytest.raises(ValueError, match=message):
        from_arrays({**model.to_arrays(), name: value})


def test_rows_of_another_width_are_refused() -> None:
    model = run(epochs=1).model
    assert model
    with pytest.raises(ValueError, match=r"expected rows of 2 features, got an array of shape \(4, 3\)"):
        model.predict(np.zeros((4, 3)))


def test_each_epoch_takes_the_rows_in_another_order_drawn_from_the_seed() -> None:
    """One weight that copies the last target it sees (rate 1, batch 1) tells which row came last."""
    architecture = Architecture((1, 1), ("identity",), "squared_error")
    x, d = with_ones(np.zeros((50, 1))), np.arange(50.0)[:, None]

    def last_rows(seed: int) -> list[float]:
        weights = initialize(architecture.sizes, "zeros", np.random.default_rng(0), np.dtype(float))
        epochs = epochs_of(architecture, weights, x, d, rate=1.0, batch=1, seed=seed)
        return [weights[0][0, 0] for _ in zip(range(6), epochs, strict=False)]

    assert len(set(last_rows(1))) > 3
    assert last_rows(1) == last_rows(1)
    assert last_rows(1) != last_rows(2)
