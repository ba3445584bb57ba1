"""An ensemble is one candidate: each of its networks is what it would be alone, and what they say is averaged."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.determinism import seeds
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Network
from pipeline.training.model import Model, from_arrays
from pipeline.training.readout import merged, outputs
from pipeline.training.training import Given
from tests.training.test_fit import CLASSES, REAL, rings, run, settings_with

LABELS = Schema("multilabel", ("a", "b"), ("in", "right"), targets=("in", "right"))
HEADS: dict[str, tuple[Schema, str, str]] = {
    "softmax": (CLASSES, "softmax", "cross_entropy"),
    "logistic": (CLASSES, "logistic", "binary_cross_entropy"),
    "squares of classes": (CLASSES, "tanh", "squared_error"),
    "labels": (LABELS, "logistic", "binary_cross_entropy"),
    "targets": (REAL, "identity", "squared_error"),
}


def rows(head: str, seed: int) -> Rows:
    found, schema = rings(seed), HEADS[head][0]
    if schema is REAL:
        return Rows(found.X, found.X.sum(axis=1))
    return found if schema is CLASSES else Rows(found.X, np.column_stack([found.y, found.X[:, 0] > 0]).astype(int))


def trained(head: str = "softmax", members: int = 1, **changes: Any) -> Outcome:
    schema, output, loss = HEADS[head]
    changes = {"network": Network((8,), output=output, loss=loss), "epochs": 3, **changes}
    return fit(settings_with(ensemble__members=members, **changes), rows(head, 1), rows(head, 2), schema)


def last(outcome: Outcome) -> Model:
    assert outcome.last
    return outcome.last


WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "adam with both dropouts": {
        "optimizer__name": "adam", "regularizer": Regularizer(dropout=0.3, input_dropout=0.2),
    },
    "largest error": {"sampling__name": "largest_error"},
    "augmentation": {"augmentation": Augmentation(noise=0.2)},
    "numpy engine": {"network": Network((8,), output="softmax", loss="cross_entropy", engine="numpy")},
    "averaged": {"averaging__name": "exponential"},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_each_network_is_what_it_would_be_alone(way: str) -> None:
    """And so the first is the network of the trial's own seed, and none depends on how many there are."""
    together, two = (last(trained(members=count, **WAYS[way])) for count in (3, 2))
    for number, seed in enumerate(seeds(1, 3)):
        alone = last(trained(seed=seed, **WAYS[way]))
        for w, own in zip(together.weights, alone.weights, strict=True):
            np.testing.assert_array_equal(w[number], own)
    for w, own in zip(together.weights, two.weights, strict=True):
        np.testing.assert_array_equal(w[:2], own)
    assert seeds(1, 1) == [1]
    assert len({*seeds(1, 64), *seeds(2, 64)}) == 128


@pytest.mark.parametrize("head", HEADS)
def test_outputs_are_averaged(head: str) -> None:
    together = last(trained(head, members=3))
    X = rows(head, 3).X
    alone = [last(trained(head, seed=seed)).scores(X).astype(np.float64) for seed in seeds(1, 3)]
    np.testing.assert_allclose(together.scores(X), np.mean(alone, axis=0), rtol=1e-5, atol=1e-7)
    assert (together.members, together.parameters) == (3, 3 * together.architecture.parameters)


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from([np.float32, np.float64]),
)
def test_the_readout_of_several_is_that_of_their_mean_probability(found: list[list[float]], dtype: type) -> None:
    v = np.array(found, dtype)[:, None]
    for loss, link in (("cross_entropy", softmax), ("binary_cross_entropy", expit)):
        z = merged(loss, v)
        assert z.dtype == dtype
        assert np.isfinite(z).all()
        mean = link(v.astype(float), **({"axis": -1} if link is softmax else {})).mean(axis=0)
        np.testing.assert_allclose(outputs(loss, z), mean, rtol=1e-2 if dtype is np.float32 else 1e-10, atol=1e-6)
    np.testing.assert_allclose(merged("squared_error", v), v.astype(float).mean(axis=0), rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize("head", HEADS)
def test_it_is_measured_and_scored_as_one(head: str) -> None:
    outcome = trained(head, members=3, epochs=5)
    assert outcome.model and outcome.last
    X, y = rows(head, 2).X, rows(head, 2).y
    found = outcome.model.predict(X)
    expected = np.mean((found - y) ** 2)
    assert outcome.score == pytest.approx(expected, rel=1e-5)


def test_sampling_follows_each_networks_own_losses() -> None:
    together = last(trained(members=2, sampling__name="largest_error"))
    assert not np.array_equal(together.weights[0][0], together.weights[0][1])


def test_the_gradient_is_that_of_the_mean_of_the_losses() -> None:
    stopping = {"stopping__gradient_norm": 1e-9, "stopping__epochs": 2, "regularizer__l2": 0.01}
    together = trained(members=2, **stopping).record["train/gradient_norm"]
    alone = [trained(seed=seed, **stopping).record["train/gradient_norm"] for seed in seeds(1, 2)]
    assert together == pytest.approx(np.hypot(*alone) / 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_comes_back_from_its_arrays_to_the_bit(dtype: str) -> None:
    model = last(run(ensemble__members=3, network__dtype=dtype, epochs=2))
    again = from_arrays(model.to_arrays())
    np.testing.assert_array_equal(again.readout(rings(3).X), model.readout(rings(3).X))
    assert [w.strides for w in again.weights] == [w.strides for w in model.weights]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("W2", np.zeros((2, 9)), r"W2 has shape \(2, 9\), expected \(3, 2, 9\)"),
        ("W1", np.zeros((8, 3)), r"W2 has shape \(3, 2, 9\), expected \(2, 9\)"),
        ("W1", np.zeros((1, 8, 3)), r"W1 has shape \(1, 8, 3\), expected \(8, 3\)"),
        ("W1", np.zeros((2, 3, 8, 3)), r"W1 has shape \(2, 3, 8, 3\), expected \(8, 3\)"),
        ("W2", np.zeros((4, 2, 9)), r"W2 has shape \(4, 2, 9\), expected \(3, 2, 9\)"),
        ("W1", np.full((3, 8, 3), np.nan), "W1 holds values"),
    ],
)
def test_arrays_of_no_ensemble_are_refused_by_name(name: str, value: np.ndarray, message: str) -> None:
    model = last(run(ensemble__members=3, epochs=1))
    with pytest.raises(ValueError, match=message):
        from_arrays({**model.to_arrays(), name: value})


def test_it_goes_on_to_the_bit_where_another_stopped() -> None:
    def order(epoch: int) -> np.ndarray:
        return np.random.default_rng(epoch).permutation(120)

    def part(epochs: int, **given: Any) -> Outcome:
        how = {"optimizer": Optimizer("momentum", momentum=0.9), "averaging__name": "exponential"}
        return fit(settings_with(epochs, ensemble__members=2, **how), rings(1), None, CLASSES, given=Given(**given))

    whole, half = part(7, order=order), part(3, order=order)
    rest = part(4, order=lambda epoch: order(epoch + 3), state=half.state, model=half.last)
    for a, b in zip(last(whole).weights, last(rest).weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_given_weights_are_of_as_many_networks() -> None:
    weights = last(run(epochs=1)).weights
    with pytest.raises(ValueError, match=r"shapes \[\(8, 3\), \(2, 9\)\], expected \[\(2, 8, 3\), \(2, 2, 9\)\]"):
        fit(settings_with(1, ensemble__members=2), rings(1), None, CLASSES, given=Given(weights))
