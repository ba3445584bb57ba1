"""Models as ONNX graphs, run by ONNX's own runtime: what they say is what the models say, row by row."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from scipy.special import ndtri

from pipeline import export
from pipeline.errors import HoldoutError
from pipeline.feed.inputs import EMBEDDINGS, RECIPES, Inputs, Preprocessing, fit_inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, DATE, FLAG, MULTILABEL, NUMBER, REGRESSION, Schema
from pipeline.nn.activations import ACTIVATIONS
from pipeline.nn.network import Architecture
from pipeline.serving.graph import graph_of
from pipeline.serving.nodes import Nodes
from pipeline.serving.normal import quantile
from pipeline.storage.models import write_model
from pipeline.training.model import Model
from pipeline.training.threshold import Threshold
from tests.tracking import fake_store

Array = np.ndarray
TABLE = Schema(
    CLASSIFICATION,
    ("x (cm)", "income", "color", "wet", "when"),
    ("no", "yes", "01"),
    kinds=(NUMBER, NUMBER, CATEGORY, FLAG, DATE),
    levels=((), (), ("1", "2", "red", "rare"), ("false", "true"), ()),
    targets=("t",),
)
PIXELS = Schema(CLASSIFICATION, tuple(f"pixel{j}" for j in range(6)), ("no", "yes", "01"), (2, 3), targets=("t",))


def rows_of(schema: Schema, rng: np.random.Generator, rows: int = 300) -> Array:
    """Rows as training has them: numbers of very different spread, codes, seconds, some of each missing."""
    if not schema.kinds:
        return rng.integers(0, 256, (rows, len(schema.features))).astype(float)
    made = {
        NUMBER: lambda j: np.round(rng.normal(size=rows) * 10.0 ** (3 * j), 1),
        CATEGORY: lambda j: rng.choice(4, rows, p=[0.4, 0.3, 0.29, 0.01]),
        FLAG: lambda j: rng.integers(0, 2, rows),
        DATE: lambda j: rng.uniform(1.6e9, 1.8e9, rows).round(),
    }
    X = np.column_stack([made[kind](j).astype(float) for j, kind in enumerate(schema.kinds)])
    X[rng.uniform(size=X.shape) < 0.1] = np.nan
    return X


def asked(schema: Schema, X: Array) -> Array:
    """Rows that a model is asked about: as in training, and extremes, all missing, unseen levels."""
    if not schema.kinds:
        return X[:40]
    odd = np.array([[np.nan] * 5, [1e30, -1e30, -1, -1, 4e9], [0, 0, 0, 0, -1e9], [-1e9, 3.5, 3, 1, 0]])
    return np.vstack([X[:60], odd])


def fed(schema: Schema, X: Array) -> dict[str, Array]:
    """The rows as the graph takes them."""
    if not schema.kinds:
        return {"X": X}
    made: dict[str, Array] = {}
    for values, name, kind, levels in zip(X.T, schema.features, schema.kinds, schema.levels, strict=True):
        if kind in (CATEGORY, FLAG):
            texts = ["" if np.isnan(code) else "never seen" if code < 0 else levels[int(code)] for code in values]
            made[name] = np.array(texts, object)[:, None]
        else:
            made[name] = values[:, None]
    return made


def model_of(schema: Schema, inputs: Inputs, rng: np.random.Generator, **other: Any) -> Model:
    """A network with one hidden layer and made-up weights."""
    hidden, output, loss = (other.get(key, usual) for key, usual in USUAL.items())
    dtype = other.get("dtype", np.float32)
    sizes = (inputs.width, 7, schema.outputs)
    several, pairs = other.get("networks", ()), itertools.pairwise(sizes)
    weights = [rng.normal(size=(*several, m, n + 1), scale=n**-0.5).astype(dtype) for n, m in pairs]
    each = np.arange(1.0, 1 + schema.outputs)
    targets = Affine(1000 * each, 10 * each) if schema.task == REGRESSION else None
    return Model(Architecture(sizes, (hidden, output), loss), weights, inputs, targets, schema)


USUAL = {"hidden": "lecun_tanh", "output": "softmax", "loss": "cross_entropy"}


def run(model: Model, X: Array) -> dict[str, Array]:
    """What the graph says, by the names of its outputs."""
    session = onnxruntime.InferenceSession(graph_of(model, "0" * 64).SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, fed(model.schema, X)), strict=True))


def holds(model: Model, X: Array) -> None:
    said, scores = run(model, X), model.scores(X)
    assert list(said["label"]) == [model.classes[index] for index in scores.argmax(axis=1)]
    np.testing.assert_allclose(said.get("probabilities", said.get("outputs")), scores, atol=1e-5)


@pytest.mark.parametrize("schema", [TABLE, PIXELS], ids=["table", "pixels"])
@pytest.mark.parametrize("name", RECIPES)
def test_a_graph_holds_every_preprocessing(name: str, schema: Schema, rng: np.random.Generator) -> None:
    X = rows_of(schema, rng)
    inputs = fit_inputs(Preprocessing(name, components=4), X, schema)
    holds(model_of(schema, inputs, rng), asked(schema, X))


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_a_graph_holds_every_embedding_of_numbers(embedding: str, rng: np.random.Generator) -> None:
    X = rows_of(TABLE, rng)
    inputs = fit_inputs(Preprocessing("robust", embedding=embedding), X, TABLE)
    holds(model_of(TABLE, inputs, rng), asked(TABLE, X))


@pytest.mark.parametrize("name", [*ACTIVATIONS, "tanh(0.5,1.2)", "tanh_linear(0.3)"])
def test_a_graph_holds_every_activation(name: str, rng: np.random.Generator) -> None:
    X = rows_of(TABLE, rng)
    inputs = fit_inputs(Preprocessing("robust"), X, TABLE)
    if name != "softmax":
        holds(model_of(TABLE, inputs, rng, hidden=name, dtype=np.float64), asked(TABLE, X))
    holds(model_of(TABLE, inputs, rng, output=name, loss="squared_error"), asked(TABLE, X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("head", [("softmax", "cross_entropy"), ("logistic", "binary_cross_entropy")])
def test_a_graph_holds_an_ensemble(head: tuple[str, str], dtype: Any, rng: np.random.Generator) -> None:
    X = rows_of(TABLE, rng)
    inputs = fit_inputs(Preprocessing("robust"), X, TABLE)
    model = model_of(TABLE, inputs, rng, output=head[0], loss=head[1], dtype=dtype, networks=(3,))
    holds(model, asked(TABLE, X))
    single = replace(model, weights=[w[1] for w in model.weights])
    assert not np.allclose(run(single, X)["probabilities"], run(model, X)["probabilities"], atol=1e-3)


def test_a_graph_of_several_targets_gives_numbers_in_their_units(rng: np.random.Generator) -> None:
    X = rows_of(TABLE, rng)
    inputs = fit_inputs(Preprocessing("robust"), X, TABLE)
    for targets, networks in itertools.product((("height",), ("height", "weight")), ((), (4,))):
        several = Schema(REGRESSION, TABLE.features, (), None, TABLE.kinds, TABLE.levels, targets)
        model = model_of(several, inputs, rng, output="identity", loss="squared_error", networks=networks)
        expected = model.predict(X).reshape(len(X), -1)
        np.testing.assert_allclose(run(model, X)["prediction"], expected, rtol=1e-6)


def test_a_graph_of_several_labels_gives_each_of_them(rng: np.random.Generator) -> None:
    schema = Schema(MULTILABEL, TABLE.features, ("a", "b"), None, TABLE.kinds, TABLE.levels, ("a", "b"))
    X = rows_of(schema, rng)
    inputs = fit_inputs(Preprocessing("robust"), X, schema)
    for networks in ((), (2,)):
        model = model_of(schema, inputs, rng, output="logistic", loss="binary_cross_entropy", networks=networks)
        said = run(model, X)
        np.testing.assert_array_equal(said["labels"], model.predict(X))
        np.testing.assert_allclose(said["probabilities"], model.scores(X), atol=1e-5)


@pytest.mark.parametrize("place", [0, 1])
def test_a_graph_of_two_classes_decides_by_the_threshold(place: int, rng: np.random.Generator) -> None:
    schema = Schema(CLASSIFICATION, ("a", "b"), ("no", "yes"), kinds=(NUMBER, NUMBER), levels=((), ()))
    X = rng.normal(size=(300, 2))
    plain = model_of(schema, fit_inputs(Preprocessing("standardize"), X, schema), rng)
    outputs = np.sort(plain.scores(X)[:, place])
    model = replace(plain, threshold=Threshold(place, float(outputs[29:31].mean())))
    assert (model.predict(X) == place).sum() == 270
    assert list(run(model, X)["label"]) == [model.classes[index] for index in model.predict(X)]


def test_a_graph_says_what_it_is(rng: np.random.Generator) -> None:
    inputs = fit_inputs(Preprocessing("robust"), rows_of(TABLE, rng), TABLE)
    made = graph_of(model_of(TABLE, inputs, rng), "ab" * 32)
    facts = {entry.key: entry.value for entry in made.metadata_props}
    assert facts["model_sha256"] == "ab" * 32
    assert facts["classes"] == '["no", "yes", "01"]'
    assert facts["features"] == '["x (cm)", "income", "color", "wet", "when"]'
    kinds = {value.name: value.type.tensor_type.elem_type for value in made.graph.input}
    assert kinds == {
        **dict.fromkeys(("x (cm)", "income", "when"), TensorProto.DOUBLE),
        **dict.fromkeys(("color", "wet"), TensorProto.STRING),
    }


def test_normal_quantiles_are_those_of_scipy() -> None:
    p = np.concatenate([np.logspace(-12, -0.31, 200), 1 - np.logspace(-12, -0.31, 200), [0.5, 0.075, 0.925]])
    nodes = Nodes()
    nodes.name(quantile(nodes, "p"), "z")
    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n"]) for name in ("p", "z")]
    graph = helper.make_graph(nodes.nodes, "quantile", ends[:1], ends[1:], nodes.constants)
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 18)])
    (found,) = onnxruntime.InferenceSession(made.SerializeToString()).run(["z"], {"p": p})
    np.testing.assert_allclose(found, ndtri(p), rtol=1e-12, atol=1e-14)


def test_a_column_may_be_called_as_an_output_is(rng: np.random.Generator) -> None:
    schema = replace(TABLE, features=("label", "probabilities", "X", "rows", "when"))
    X = rows_of(schema, rng)
    model = model_of(schema, fit_inputs(Preprocessing("robust"), X, schema), rng)
    said = run(model, X)
    assert list(said) == ["predicted_label", "predicted_probabilities"]
    np.testing.assert_allclose(said["predicted_probabilities"], model.scores(X), atol=1e-5)


def test_the_command_writes_the_graph_and_says_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "model.npz", fake_store.table_model())
    monkeypatch.setattr(sys, "argv", ["export", "model.npz", "--to", "model.onnx"])
    export.main()
    said = "in: x double, color string, wet string, when double; out: label string, probabilities float"
    assert capsys.readouterr().out == f"model.onnx: {said}\n"
    assert onnxruntime.InferenceSession("model.onnx").get_inputs()[1].name == "color"
    monkeypatch.setattr(sys, "argv", ["export", "model.npz", "--to", "model.pb"])
    with pytest.raises(HoldoutError, match=r"--to model.pb: allowed are names that end in .onnx"):
        export.main()
