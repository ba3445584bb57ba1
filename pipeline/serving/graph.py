"""A model as one ONNX graph, its column transforms inside: raw columns by name in, labels and probabilities out."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from pipeline.data.encoding import spellings
from pipeline.feed.schema import DATE, MULTILABEL, NUMBER, REGRESSION, UNSEEN, Schema
from pipeline.serving.activated import activated
from pipeline.serving.answers import LABEL, PREDICTION, is_probable
from pipeline.serving.nodes import IR_VERSION, ML, OPSETS, Nodes
from pipeline.serving.received import named
from pipeline.serving.translated import inputs_of
from pipeline.training.model import Model

Array = np.ndarray
ROWS = "rows"
TOGETHER = "X"  # all columns of a model whose columns have no names
Output = tuple[str, str, Any, list[str | int | None]]
MISSING = -2  # the code of an empty text, before it becomes NaN


def graph_of(model: Model, sha256: str) -> onnx.ModelProto:
    """The graph.

    Inputs: numbers, and dates as seconds since 1970 began, UTC, are double (rows, 1), NaN where there is none;
    categories and flags are string (rows, 1), empty where there is none; columns without names are one double
    ``X`` (rows, features).

    Outputs: of a classification ``label``, string (rows,), and ``probabilities`` (rows, classes), or ``outputs`` where
    they are none; of several labels ``labels``, bool (rows, labels), and the same; else ``prediction`` (rows, targets).

    Args:
        sha256: of the file of the model, for the graph's metadata.
    """
    nodes = Nodes()
    X = _raw(nodes, model.schema) if named(model.schema) else TOGETHER
    y = _network(nodes, model, inputs_of(nodes, model.inputs, X, model.weights[0].dtype))
    outputs = list(_outputs(nodes, model, y))
    graph = helper.make_graph(nodes.nodes, "holdout", _inputs(model.schema), outputs, nodes.constants)
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    made = helper.make_model(graph, producer_name="holdout", ir_version=IR_VERSION, opset_imports=opsets)
    helper.set_model_props(made, _facts(model, sha256))
    onnx.checker.check_model(made)
    return made


def _facts(model: Model, sha256: str) -> dict[str, str]:
    schema = model.schema
    lists = {name: list(getattr(schema, name)) for name in ("features", "kinds", "classes", "targets")}
    return {"task": schema.task, "model_sha256": sha256} | {
        name: json.dumps(values, ensure_ascii=False) for name, values in lists.items()
    }


def _columns(schema: Schema) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    return zip(schema.features, schema.kinds, schema.levels, strict=True)


def _inputs(schema: Schema) -> list[onnx.ValueInfoProto]:
    if not named(schema):
        return [helper.make_tensor_value_info(TOGETHER, TensorProto.DOUBLE, [ROWS, len(schema.features)])]
    types = {NUMBER: TensorProto.DOUBLE, DATE: TensorProto.DOUBLE}
    return [
        helper.make_tensor_value_info(name, types.get(kind, TensorProto.STRING), [ROWS, 1])
        for name, kind, _ in _columns(schema)
    ]


def _raw(nodes: Nodes, schema: Schema) -> str:
    """X (rows, features), double: levels of text as their codes."""
    parts = [name if kind in (NUMBER, DATE) else _codes(nodes, name, levels) for name, kind, levels in _columns(schema)]
    return parts[0] if len(parts) == 1 else nodes.add("Concat", *parts, axis=1)


def _codes(nodes: Nodes, name: str, levels: tuple[str, ...]) -> str:
    codes = {"": MISSING} | dict(zip(levels, range(len(levels)), strict=True)) | spellings(levels)
    found = nodes.add(
        "LabelEncoder",
        name,
        domain=ML,
        keys_strings=list(codes),
        values_int64s=list(codes.values()),
        default_int64=UNSEEN,
    )
    missing = nodes.add("Equal", found, nodes.const(MISSING, np.int64))
    return nodes.add("Where", missing, nodes.const(np.nan), nodes.cast(found, np.float64))


def _network(nodes: Nodes, model: Model, x: str) -> str:
    """y_L (rows, m_L): y_l = φ(y_{l−1} W̲ᵀ + b); several networks are the first axis, and their mean is taken."""
    for weights, name in zip(model.weights, model.architecture.activations, strict=True):
        product = nodes.add("MatMul", x, nodes.const(weights[..., 1:].swapaxes(-1, -2), weights.dtype))
        bias = weights[..., 0] if weights.ndim == 2 else weights[..., None, :, 0]
        x = activated(nodes, name, nodes.add("Add", product, nodes.const(bias, weights.dtype)), weights.dtype)
    return x if model.members == 1 else nodes.add("ReduceMean", x, nodes.const([0], np.int64), keepdims=0)


def _outputs(nodes: Nodes, model: Model, y: str) -> Iterator[onnx.ValueInfoProto]:
    """The outputs' names and types, after their nodes; a column that is called as one of them keeps its name."""
    kind = TensorProto.FLOAT if model.weights[0].dtype == np.float32 else TensorProto.DOUBLE
    every: list[str | int | None] = [ROWS, model.architecture.sizes[-1]]
    made: list[Output]
    if model.schema.task == REGRESSION:
        assert model.targets is not None
        scaled = nodes.add("Mul", nodes.cast(y, np.float64), nodes.const(model.targets.scale))
        made = [(PREDICTION, nodes.add("Add", scaled, nodes.const(model.targets.mean)), TensorProto.DOUBLE, every)]
    else:
        made = [_decision(nodes, model, y), ("probabilities" if is_probable(model) else "outputs", y, kind, every)]
    for name, value, dtype, shape in made:
        free = f"predicted_{name}" if name in model.features else name
        nodes.name(value, free)
        yield helper.make_tensor_value_info(free, dtype, shape)


def _decision(nodes: Nodes, model: Model, y: str) -> Output:
    """The class, or a flag for each label: what they are called, their value, its type and shape."""
    if model.schema.task == MULTILABEL:
        middle = nodes.const(sum(model.values) / 2, model.weights[0].dtype)
        return "labels", nodes.add("Greater", y, middle), TensorProto.BOOL, [ROWS, model.architecture.sizes[-1]]
    best = _of_two(nodes, model, y) if model.threshold else nodes.add("ArgMax", y, axis=1, keepdims=0)
    return LABEL, nodes.add("Gather", nodes.texts(model.classes), best), TensorProto.STRING, [ROWS]


def _of_two(nodes: Nodes, model: Model, y: str) -> str:
    """The index of the class by the model's threshold, (rows,)."""
    assert model.threshold is not None
    place, least = model.threshold
    reached = nodes.add("GreaterOrEqual", nodes.take(y, np.array([place])), nodes.const(least, model.weights[0].dtype))
    found = nodes.add("Where", reached, nodes.const(place, np.int64), nodes.const(1 - place, np.int64))
    return nodes.add("Reshape", found, nodes.const([-1], np.int64))
