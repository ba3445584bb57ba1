"""Averaging of weights: the mean over the epochs is measured and kept, and training does not know of it."""

from typing import Any

import numpy as np
import pytest

from pipeline.training.averaging import AVERAGING
from pipeline.training.fit import Outcome, fit
from pipeline.training.training import Given
from tests.training.test_fit import CLASSES, rings, run, settings_with


def after(epochs: int, **changes: Any) -> Outcome:
    return run(epochs=epochs, network__dtype="float64", **changes)


def test_the_weights_that_are_kept_are_the_mean_of_those_that_were_trained() -> None:
    decay, epochs = 0.6, 5
    each = [after(epoch).last for epoch in range(1, epochs + 1)]
    shares = decay ** np.arange(epochs - 1, -1, -1)
    found = after(epochs, averaging__name="exponential", averaging__decay=decay).last
    assert found
    for layer, w in enumerate(found.weights):
        trained = [model.weights[layer] for model in each if model]
        np.testing.assert_allclose(w, np.average(trained, axis=0, weights=shares), rtol=1e-12)


def test_it_is_the_mean_that_is_scored() -> None:
    outcome = after(6, averaging__name="exponential")
    assert outcome.model
    assert outcome.score == np.mean(outcome.model.predict(rings(2).X) != rings(2).y)
    assert outcome.score is not None


def test_the_first_epoch_counts_whole() -> None:
    assert [AVERAGING[name](1, 0.9) for name in AVERAGING] == [1, pytest.approx(1)]
    plain, averaged = after(1).last, after(1, averaging__name="exponential").last
    assert plain and averaged
    np.testing.assert_array_equal(plain.weights[0], averaged.weights[0])


@pytest.mark.parametrize(("before", "later"), [("exponential", "none"), ("none", "exponential")])
def test_a_later_training_may_average_or_not_and_goes_on_from_the_trained_weights(before: str, later: str) -> None:
    """Its first epoch is the same either way, for a mean that begins there counts it whole."""
    first = after(3, averaging__name=before)
    plain = after(3)
    going, expected = (
        fit(settings_with(1, network__dtype="float64", averaging__name=name), rings(1), None, CLASSES, given=given)
        for name, given in ((later, Given(state=first.state, model=first.last)), ("none", Given(model=plain.last)))
    )
    assert going.last and expected.last
    np.testing.assert_array_equal(going.last.weights[0], expected.last.weights[0])


def test_the_layers_are_looked_at_as_training_has_them() -> None:
    names = [f"layer{layer}/{name}" for layer in (1, 2) for name in ("weight_norm", "update_ratio", "gradient_norm")]
    plain, averaged = after(4).record, after(4, averaging__name="exponential").record
    assert [plain[name] for name in names] == [averaged[name] for name in names]
    assert plain["train/loss"] != averaged["train/loss"]
