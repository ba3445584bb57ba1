"""Answers as columns with names, whatever is predicted; and the row that shows callers what one looks like."""

import numpy as np
import pytest

from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.schema import CATEGORY, DATE, FLAG, MULTILABEL, NUMBER, REGRESSION, Schema
from pipeline.nn.network import Architecture
from pipeline.serving.answers import answers
from pipeline.serving.typical import typical
from pipeline.training.model import Model
from tests.tracking import fake_store

FEATURES = ("x", "y")


def _model(task: str, classes: tuple[str, ...], targets: tuple[str, ...], output: str, loss: str) -> Model:
    schema = Schema(task, FEATURES, classes, None, (NUMBER, NUMBER), ((), ()), targets)
    X = np.random.default_rng(559).normal(size=(50, 2))
    width = len(classes) or len(targets)
    weights = [np.arange(3.0 * width).reshape(width, 3).astype(np.float32) - 3]
    scale = None if classes else Affine(np.full(width, 100.0), np.full(width, 2.0))
    inputs = fit_inputs(Preprocessing("robust"), X, schema)
    return Model(Architecture((2, width), (output,), loss), weights, inputs, scale, schema)


@pytest.mark.parametrize("targets", [("height",), ("height", "weight")])
def test_numbers_have_the_names_of_their_targets_where_there_are_several(targets: tuple[str, ...]) -> None:
    model = _model(REGRESSION, (), targets, "identity", "squared_error")
    X = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    said = answers(model, X)
    assert list(said) == (["prediction"] if len(targets) == 1 else ["prediction_height", "prediction_weight"])
    np.testing.assert_allclose(np.column_stack([*said.values()]), model.predict(X).reshape(3, -1), rtol=1e-6)


def test_several_labels_have_a_flag_and_a_probability_each() -> None:
    model = _model(MULTILABEL, ("red", "wet"), ("red", "wet"), "logistic", "binary_cross_entropy")
    X = np.array([[-3.0, 1.0], [2.0, 3.0]])
    said = answers(model, X)
    assert list(said) == ["label_red", "label_wet", "probability_red", "probability_wet"]
    for name in ("red", "wet"):
        assert said[f"label_{name}"].dtype == bool
        np.testing.assert_array_equal(said[f"label_{name}"], said[f"probability_{name}"] > 0.5)


def test_outputs_that_are_no_probabilities_are_not_called_so() -> None:
    model = _model("classification", ("no", "yes"), ("t",), "tanh", "squared_error")
    assert list(answers(model, np.zeros((1, 2)))) == ["label", "output_no", "output_yes"]


def test_a_typical_row_has_a_value_of_every_kind_that_the_model_knows() -> None:
    model = fake_store.table_model()
    row = dict(zip(model.schema.kinds, typical(model).values(), strict=True))
    assert isinstance(row[NUMBER], float)
    assert (row[CATEGORY], row[FLAG]) == ("1", "false")
    assert row[DATE].startswith("20") and "T" in row[DATE]
    assert set(typical(fake_store.model())) == {"a", "b", "c"}
