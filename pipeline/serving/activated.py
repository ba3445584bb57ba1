"""Activations as ONNX nodes, from operations that runtimes have for float32 and float64 alike, but for Erf."""

from collections.abc import Callable

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.limits import named
from pipeline.nn.activations import MISH_FAR, SELU_ALPHA, SELU_SCALE, Activation, parse
from pipeline.serving.nodes import Nodes

Form = Callable[[Nodes, Activation, str, np.dtype], str]
FORMS: dict[str, Form] = {}


def activated(nodes: Nodes, name: str, v: str, dtype: np.dtype) -> str:
    """φ(v); the families and constants are those of pipeline/nn/activations.py.

    Raises:
        HoldoutError: the family has no form here.
    """
    unit = parse(name)
    if unit.family not in FORMS:
        raise HoldoutError(f"network.activation={name} has no ONNX form here; allowed: {', '.join(FORMS)}")
    return FORMS[unit.family](nodes, unit, v, dtype)


@named(FORMS)
def logistic(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Sigmoid", v)


@named(FORMS)
def relu(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Relu", v)


@named(FORMS)
def identity(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Identity", v)


@named(FORMS)
def softmax(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Softmax", v, axis=-1)


@named(FORMS)
def tanh(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    inner = nodes.add("Tanh", nodes.add("Mul", v, nodes.const(unit.alpha, dtype)))
    return nodes.add("Mul", inner, nodes.const(unit.beta, dtype))


@named(FORMS)
def tanh_linear(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Add", nodes.add("Tanh", v), nodes.add("Mul", v, nodes.const(unit.alpha, dtype)))


@named(FORMS)
def selu(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    zero, full = nodes.const(0, dtype), nodes.const(SELU_SCALE * SELU_ALPHA, dtype)
    above = nodes.add("Mul", nodes.add("Max", v, zero), nodes.const(SELU_SCALE, dtype))
    below = nodes.add("Sub", nodes.add("Exp", nodes.add("Min", v, zero)), nodes.const(1, dtype))
    return nodes.add("Add", above, nodes.add("Mul", below, full))


@named(FORMS)
def silu(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    return nodes.add("Mul", v, nodes.add("Sigmoid", v))


@named(FORMS)
def gelu(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    scaled = nodes.cast(nodes.add("Mul", v, nodes.const(0.5**0.5, dtype)), np.float32)  # runtimes have no other Erf
    share = nodes.cast(nodes.add("Erf", scaled), dtype)
    doubled = nodes.add("Mul", v, nodes.add("Add", share, nodes.const(1, dtype)))
    return nodes.add("Mul", doubled, nodes.const(0.5, dtype))


@named(FORMS)
def mish(nodes: Nodes, unit: Activation, v: str, dtype: np.dtype) -> str:
    """tanh ln(1 + n) = n (n + 2)/(n (n + 2) + 2), with n = e^v."""
    n = nodes.add("Exp", nodes.add("Min", v, nodes.const(MISH_FAR, dtype)))
    product = nodes.add("Mul", n, nodes.add("Add", n, nodes.const(2, dtype)))
    return nodes.add("Mul", v, nodes.add("Div", product, nodes.add("Add", product, nodes.const(2, dtype))))
