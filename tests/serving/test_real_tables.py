"""Real tables, from the file as it is: what a model is asked is what it was trained on, also as ONNX."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from pipeline.data.dataset import Dataset
from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table
from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.schema import CATEGORY, FLAG, REGRESSION
from pipeline.nn.network import Architecture
from pipeline.serving.answers import answers
from pipeline.serving.graph import graph_of
from pipeline.serving.incoming import Incoming
from pipeline.serving.received import encoded
from pipeline.training.model import Model
from tests.data.made import Memory

TABLES = Path(__file__).parents[3] / "shared/data/tables"
INDEX: dict[str, Any] = json.loads((TABLES / "index.json").read_text()) if TABLES.exists() else {}
pytestmark = [pytest.mark.ci, pytest.mark.skipif(not INDEX, reason="the tables are not here")]


def _read(name: str) -> Dataset:
    return read_table(open_files([TABLES / f"{name}.csv.gz"], Read()), Wishes((INDEX[name]["target"],)), Memory)


def _model(data: Dataset, rng: np.random.Generator) -> Model:
    """Made-up weights on inputs as they are fitted."""
    inputs = fit_inputs(Preprocessing("robust"), data.rows.X, data.schema)
    regression = data.schema.task == REGRESSION
    output, loss = ("identity", "squared_error") if regression else ("softmax", "cross_entropy")
    architecture = Architecture((inputs.width, data.schema.outputs), (output,), loss)
    weights = [rng.normal(size=(data.schema.outputs, inputs.width + 1)).astype(np.float32)]
    targets = Affine(np.array([3.0]), np.array([2.0])) if regression else None
    return Model(architecture, weights, inputs, targets, data.schema)


@pytest.mark.parametrize("name", INDEX)
def test_rows_of_a_file_are_asked_as_they_were_learned(name: str) -> None:
    data = _read(name)
    rows = Incoming([TABLES / f"{name}.csv.gz"], Read(), data.schema)
    X = np.concatenate(list(rows.batches()))
    np.testing.assert_array_equal(X, np.asarray(data.rows.X, np.float64))


@pytest.mark.parametrize("name", INDEX)
def test_rows_of_a_program_are_asked_as_they_were_learned(name: str) -> None:
    data = _read(name)
    table = pd.read_csv(TABLES / f"{name}.csv.gz")
    X = encoded(table[table.columns[::-1]], data.schema)
    np.testing.assert_array_equal(X, np.asarray(data.rows.X, np.float64))


@pytest.mark.parametrize("name", INDEX)
def test_a_graph_says_of_every_row_what_the_model_says(name: str, rng: np.random.Generator) -> None:
    data = _read(name)
    model = _model(data, rng)
    X = np.asarray(data.rows.X, np.float64)
    fed = {}
    for values, feature, kind, levels in zip(X.T, model.features, data.schema.kinds, data.schema.levels, strict=True):
        if kind in (CATEGORY, FLAG):
            texts = ["" if np.isnan(code) else levels[int(code)] for code in values]
            fed[feature] = np.array(texts, object)[:, None]
        else:
            fed[feature] = values[:, None]
    session = onnxruntime.InferenceSession(graph_of(model, "").SerializeToString())
    names = [output.name for output in session.get_outputs()]
    said = dict(zip(names, session.run(names, fed), strict=True))
    expected = answers(model, X)
    if data.schema.task == REGRESSION:
        np.testing.assert_allclose(said["prediction"][:, 0], expected["prediction"], rtol=1e-5, atol=1e-5)
    else:
        assert list(said["label"]) == list(expected["label"])
        scores = np.column_stack([expected[f"probability_{label}"] for label in model.classes])
        np.testing.assert_allclose(said["probabilities"], scores, atol=1e-5)
