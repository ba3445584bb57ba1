"""Models of tables: what is saved is enough, and what can't be is refused by name."""

from typing import Any

import numpy as np
import pytest

from pipeline.feed.inputs import Preprocessing
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.initializers import Initializer
from pipeline.training.hyperparameters import Network
from pipeline.training.initial import initial_model
from pipeline.training.model import Model, from_arrays

TABLE = Schema(
    "classification", ("income", "city", "member", "when"), ("no", "yes"),
    kinds=("number", "category", "flag", "date"), levels=((), ("Bern", "Rome", "Wien"), ("no", "yes"), ()),
)  # fmt: skip
NETWORK = Network((4,), output="softmax", loss="cross_entropy")


def rows(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [rng.normal(6e4, 2e4, 50), rng.integers(0, 3, 50), rng.integers(0, 2, 50), rng.uniform(0, 1e8, 50)]
    )
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def model(name: str = "robust", embedding: str = "none") -> Model:
    how = Preprocessing(name, embedding=embedding)
    y = np.arange(50) % 2
    return initial_model(NETWORK, Initializer(), how, Rows(rows(), y), TABLE, [np.random.default_rng(0)])


@pytest.mark.parametrize("embedding", ["none", "piecewise_linear", "periodic"])
@pytest.mark.parametrize("name", ["none", "standardize", "pca", "robust", "quantile"])
def test_a_saved_model_scores_with_the_same_bits(name: str, embedding: str) -> None:
    made = model(name, embedding)
    again = from_arrays(made.to_arrays())
    np.testing.assert_array_equal(again.scores(rows(1)), made.scores(rows(1)))
    assert again.input_names() == made.input_names()


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("input_numbers_columns", np.array([0, 9])),
        ("input_numbers_columns", np.array([0.0, 3.0])),
        ("input_numbers_rate", np.array([-1.0, 1.0])),
        ("input_numbers_fill", np.zeros(3)),
        ("input_numbers_center", np.full(2, np.nan)),
        ("input_scores_shares", np.array([1.0, 0.0])),
        ("input_cycles_period", np.zeros(14)),
        ("input_levels_slots", np.array([0])),
        ("input_levels_slots", np.zeros((2, 2), np.int64)),
        ("input_levels_slots", np.full(9, 10**12)),
        ("input_levels_starts", np.array([0, 1])),
        ("input_levels_of", np.full(6, 7)),
        ("input_levels_slot", np.full(6, 40)),
        ("input_levels_fill", np.full(6, 2.0)),
        ("input_gaps_columns", np.array([-1, 3])),
        ("input_mean", np.zeros(3)),
        ("input_scale", np.zeros(24)),
    ],
    ids=str,
)  # fmt: skip
def test_an_array_that_cannot_be_is_named(array: str, value: Any) -> None:
    arrays = model().to_arrays()
    assert len(arrays["input_cycles_period"]) == 14 or array != "input_cycles_period"
    with pytest.raises(ValueError, match=array.rpartition("_")[0]):
        from_arrays({**arrays, array: value})


def test_a_table_needs_its_expansion() -> None:
    arrays = {name: array for name, array in model().to_arrays().items() if name != "input_levels_slots"}
    with pytest.raises(KeyError, match="input_levels_slots"):
        from_arrays(arrays)
