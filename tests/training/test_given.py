"""What callers may hand over, where rows come from, and what is measured inside the layers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.preprocessing import standardize
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.activations import parse
from pipeline.nn.network import Architecture, Workspace, backward, factors, forward, gradients
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import Schedule
from pipeline.training import epoch, examples
from pipeline.training.determinism import Streams
from pipeline.training.diagnostics import Diagnostics, slope_share
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Distorted, Kept, OnTheFly, prepared
from pipeline.training.fit import Outcome, fit
from pipeline.training.model import Model
from pipeline.training.stopping import Stopping
from pipeline.training.training import Given, make_engine
from tests.training.test_fit import CLASSES, DEFAULTS, rings, run, same_weights, settings_with


def test_given_weights_and_order_decide_the_run() -> None:
    start = run(epochs=1).last
    assert start
    weights = [w.copy() for w in start.weights]
    given = Given(weights, lambda epoch: np.arange(120)[:: (-1) ** epoch])
    seeds = (settings_with(seed=seed) for seed in (1, 2))
    one, other = (fit(settings, rings(1), rings(2), CLASSES, given=given) for settings in seeds)
    assert same_weights(one, other)
    assert not same_weights(one, fit(DEFAULTS, rings(1), rings(2), CLASSES, given=Given(weights)))
    for mine, before in zip(weights, start.weights, strict=True):
        np.testing.assert_array_equal(mine, before)


@pytest.mark.parametrize("order", [[0, 120], [-1], [], [[0, 1]], [0.5]])
def test_an_order_that_is_none_is_refused(order: list[float]) -> None:
    with pytest.raises(ValueError, match="must be a list of row numbers from 0 to 119"):
        fit(DEFAULTS, rings(1), rings(2), CLASSES, given=Given(order=lambda epoch: np.array(order)))


def test_weights_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \[\(8, 2\), \(2, 9\)\], expected \[\(8, 3\), \(2, 9\)\]"):
        fit(DEFAULTS, rings(1), rings(2), CLASSES, given=Given([np.zeros((8, 2)), np.zeros((2, 9))]))


@pytest.mark.parametrize(
    "schedule", [Schedule(), Schedule("cosine", epochs=7), Schedule("step", every=2), Schedule("plateau", patience=1)]
)
@pytest.mark.parametrize("optimizer", [Optimizer("momentum", 0.9, momentum=0.9), Optimizer("adam", 0.5)])
def test_a_training_goes_on_to_the_bit_where_another_stopped(schedule: Schedule, optimizer: Optimizer) -> None:
    def order(epoch: int) -> np.ndarray:
        return np.random.default_rng(epoch).permutation(120)

    scores: list[float] = []

    def trained(epochs: int, given: Given) -> Outcome:
        settings = settings_with(epochs, 0, optimizer=optimizer, schedule=schedule)
        return fit(settings, rings(1), None, CLASSES, lambda epoch, record: scores.append(record["train/loss"]), given)

    half = trained(3, Given(order=order))
    given = Given(order=order, state=half.state, model=half.last, epochs=3, scores=tuple(scores))
    rest, whole = trained(4, given), trained(7, Given(order=order))
    assert whole.last and rest.last
    for a, b in zip(whole.last.weights, rest.last.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert rest.epochs == 4


def test_without_validation_rows_the_training_loss_is_watched() -> None:
    outcome = fit(DEFAULTS, rings(1), None, CLASSES)
    assert outcome.metric == "train/loss"
    assert not [name for name in outcome.metrics if name.startswith("validation")]


@pytest.mark.parametrize(
    ("stopping", "expected"),
    [
        (Stopping(500, 0, gradient_norm=0.05), "gradient"),
        (Stopping(500, 0, error_change=0.001), "rate_of_change"),
        (Stopping(500, 0, loss_change=0.01), "loss_change"),
        (Stopping(10**6, 0, seconds=0.2), "time"),
        (Stopping(2, 0), "epochs"),
    ],
)
def test_the_outcome_says_which_rule_ended_it(stopping: Stopping, expected: str) -> None:
    outcome = run(stopping=stopping)
    assert outcome.stopped_by == expected
    if expected == "gradient":
        assert outcome.record["train/gradient_norm"] < 0.05


def test_a_callback_ends_it_too() -> None:
    assert fit(DEFAULTS, rings(1), rings(2), CLASSES, lambda epoch, record: epoch == 3).stopped_by == "callback"


def test_a_schedule_reaches_the_updates() -> None:
    """With the rate falling to nothing after the first epoch, the weights stay where that epoch left them."""
    frozen = run(schedule=Schedule("step", factor=1e-300, every=1), epochs=5).last
    once = run(epochs=1).last
    assert frozen and once
    for a, b in zip(frozen.weights, once.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_layers_learn_at_their_own_rates() -> None:
    outcome = run(optimizer__rate_factors=(1e-300, 1.0), epochs=2)
    fresh = run(optimizer__rate_factors=(1e-300, 1e-300), epochs=1)
    assert outcome.last and fresh.last
    np.testing.assert_allclose(outcome.last.weights[0], fresh.last.weights[0], rtol=1e-12, atol=1e-290)
    assert not np.allclose(outcome.last.weights[1], fresh.last.weights[1])


@pytest.mark.parametrize("name", ["largest_error", "most_different"])
def test_another_sampling_is_another_training(name: str) -> None:
    outcome = run(sampling__name=name)
    assert outcome.status == "finished"
    assert not same_weights(outcome, run())
    assert same_weights(outcome, run(sampling__name=name))


def test_examples_with_large_errors_are_drawn_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(epoch, "_checked", lambda order, rows: drawn.append(order) or order)
    run(sampling__name="largest_error", epochs=3)
    assert len(np.unique(drawn[0])) == 120
    assert len(np.unique(drawn[2])) < 120


def test_augmentation_changes_training_rows_only_and_in_each_epoch_anew() -> None:
    seen: list[np.ndarray] = []
    images = Rows(np.random.default_rng(0).random((30, 16)), np.arange(30) % 2)
    card = dataclasses.replace(CLASSES, image_shape=(4, 4), features=tuple("abcdefghijklmnop"))
    how = Augmentation(rotation=20, noise=0.1)
    settings = settings_with(2, augmentation=how)
    model = fit(settings, images, images, card).model
    assert model
    np.testing.assert_allclose(model.inputs.affine.mean, images.X.mean(axis=0))
    feed = Distorted(model, images.X, lambda raw: raw + np.random.default_rng(len(seen)).random(raw.shape))
    for _ in range(2):
        out = np.empty((30, 17))
        feed.fill(np.arange(30), out)
        seen.append(out)
    assert not np.array_equal(*seen)
    np.testing.assert_array_equal(feed.part(slice(None)), model.prepare(images.X))


def test_rows_prepared_on_the_fly_from_a_file_train_to_the_same_bits(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, d = rng.integers(0, 256, (500, 30), np.uint8), np.eye(3)[rng.integers(0, 3, 500)].astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    architecture, found = Architecture((30, 8, 3), ("tanh", "softmax"), "cross_entropy"), []
    for rows, kept, kind, free in ((X, 2**30, Kept, 0), (mapped, 0, OnTheFly, 2**40), (mapped, 0, OnTheFly, 9000)):
        monkeypatch.setattr(examples, "free_bytes", lambda free=free: free)  # 9000: the file does not fit
        monkeypatch.setattr(examples, "PIECE", 11)
        weights = [np.full((8, 31), 0.01, np.float32), np.full((3, 9), 0.02, np.float32)]
        feed = prepared(Model(architecture, weights, standardize(X), None, Schema("regression", (), ())), rows, kept)
        assert isinstance(feed, kind)
        engine = make_engine(architecture, weights, Optimizer(batch_size=7), Regularizer(), 500)
        pass_, order = Epoch(engine, feed, d, Streams(1)), np.random.default_rng(1)
        for _ in range(3):
            pass_.run([0.1, 0.1], order.permutation(500))
        found.append(weights)
    for weights in found[1:]:
        for a, b in zip(found[0], weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_whole_training_on_the_fly_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, how = rings(1, 1000), {"optimizer__batch_size": 7, "regularizer": Regularizer(dropout=0.2), "epochs": 3}
    kept = run(train=train, **how)
    np.save(tmp_path / "X.npy", train.X)
    mapped = dataclasses.replace(train, X=np.load(tmp_path / "X.npy", mmap_mode="r"))
    monkeypatch.setattr(examples, "free_bytes", lambda: 3000)
    flown = run(train=mapped, **how)
    assert same_weights(kept, flown)
    assert kept.record == flown.record


@pytest.mark.parametrize("batch", [3, 600, 0])
def test_chunks_do_not_change_what_is_learned(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    train = rings(1, 1000)
    how = {"optimizer__batch_size": batch, "regularizer": Regularizer(dropout=0.2, input_dropout=0.2)}
    whole = run(train=train, epochs=3, **how)
    monkeypatch.setattr(examples, "PORTION", 200)
    assert same_weights(whole, run(train=train, epochs=3, **how))


def test_dropped_inputs_keep_the_mean_and_the_bias_stays(rng: np.random.Generator) -> None:
    x = np.ones((4000, 11))
    epoch._thin(x, 0.3, rng)
    assert (x[:, 0] == 1).all()
    assert set(np.unique(x[:, 1:])) == {0.0, 1 / 0.7}
    assert abs(x[:, 1:].mean() - 1) < 0.02


def diagnosed(epochs: int = 1) -> tuple[Diagnostics, Model, np.ndarray, np.ndarray]:
    model = run(epochs=epochs).last
    assert model
    x, d = model.prepare(rings(1).X), np.eye(2)[rings(1).y]
    return Diagnostics(model.architecture, model.weights, Kept(x), d), model, x[:32], d[:32]


def test_the_diagnostics_are_what_they_are_called() -> None:
    inside, model, x, d = diagnosed()
    before = [w.copy() for w in model.weights]
    model.weights[0] *= 1.1
    found = inside.measure()
    space = Workspace(model.architecture, 32, np.dtype(float))
    forward(model.architecture, model.weights, x, space)
    fields = [v.copy() for v in space.v]
    backward(model.architecture, model.weights, d, space)
    for layer, slope in enumerate(gradients(factors(x, space))):
        name = f"layer{layer + 1}"
        assert found[f"{name}/gradient_norm"] == pytest.approx(np.linalg.norm(slope))
        assert found[f"{name}/mean_delta"] == pytest.approx(np.abs(space.delta[layer]).mean())
        assert found[f"{name}/weight_norm"] == pytest.approx(np.linalg.norm(model.weights[layer]))
    assert found["layer1/update_ratio"] == pytest.approx(0.1)
    assert found["layer2/update_ratio"] == 0
    slopes = 1 - np.tanh(2 / 3 * fields[0]) ** 2
    assert found["layer1/saturated"] == pytest.approx((slopes < 0.05).mean())
    assert inside.measure()["layer1/update_ratio"] == 0
    np.testing.assert_array_equal(model.weights[1], before[1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", [0.0, 1.0, 0.0]),
        ("tanh(0.5,1.2)", [0.0, 1.0, 0.0]),
        ("logistic", [0.0, 1.0, 0.0]),
        ("relu", [0.0, 0.0, 1.0]),
        ("identity", [1.0, 1.0, 1.0]),
        ("softmax", [1.0, 1.0, 1.0]),
        ("tanh_linear", [1.0, 1.0, 1.0]),
    ],
)
def test_the_share_of_the_largest_slope(name: str, expected: list[float]) -> None:
    y = np.empty((1, 3))
    parse(name).forward(np.array([[-60.0, 0.0, 60.0]]), y)
    np.testing.assert_allclose(slope_share(name, y)[0], expected, atol=1e-12)


def test_every_epoch_of_a_trial_has_its_diagnostics() -> None:
    records: list[dict[str, float]] = []
    fit(settings_with(3), rings(1), rings(2), CLASSES, lambda e, r: records.append(r))
    inside = {"gradient_norm", "mean_delta", "saturated", "update_ratio", "weight_norm"}
    for record in records:
        assert {name for name in record if name.startswith("layer")} == {
            f"layer{i}/{n}" for i in (1, 2) for n in inside
        }


def outcome_of(engine: str) -> Outcome:
    return run(optimizer__name="adam", regularizer__dropout=0.2, network__engine=engine, epochs=3)


def test_both_engines_give_the_same_trial() -> None:
    one, other = outcome_of("compiled"), outcome_of("numpy")
    assert one.last and other.last
    for a, b in zip(one.last.weights, other.last.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)
