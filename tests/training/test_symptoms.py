"""A training that comes to nothing says why after its first epoch, in one line for each layer."""

import pytest

from pipeline.training import symptoms
from pipeline.training.symptoms import Symptom
from tests.training.test_fit import run

HEALTHY = {
    f"layer{layer}/{name}": value
    for layer in (1, 2)
    for name, value in {"saturated": 0.2, "gradient_norm": 1.0, "weight_norm": 0.5}.items()
}


@pytest.mark.filterwarnings("error")
def test_a_training_that_learns_says_nothing() -> None:
    symptoms.tell(HEALTHY)
    symptoms.tell(HEALTHY | {"layer2/gradient_norm": 0.0})  # there is nothing more to learn
    symptoms.tell({"train/loss": 1.0})  # without diagnostics


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"layer1/saturated": 0.97}, "layer 1: 97% of its units are saturated after the first epoch"),
        ({"layer2/gradient_norm": 0.0, "layer2/weight_norm": 0.0}, "layer 2: its weights are 0 after the first epoch"),
    ],
)
def test_what_is_wrong_is_said_with_what_may_help(found: dict[str, float], said: str) -> None:
    with pytest.warns(Symptom) as notes:
        symptoms.tell(HEALTHY | found)
    assert [str(note.message).startswith(said) for note in notes] == [True]


def test_zeros_and_raw_bytes_are_noticed() -> None:
    with pytest.warns(Symptom, match="layer 1: its weights are 0"):
        run(initializer__name="zeros", epochs=1)
    with pytest.warns(Symptom, match="layer 1: 100% of its units are saturated"):
        run(initializer__name="normal", initializer__sigma=1000.0, epochs=1)
