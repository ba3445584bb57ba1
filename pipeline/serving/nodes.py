"""An ONNX graph while it is made: nodes and constants with names of their own."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray
ML = "ai.onnx.ml"
OPSETS = {"": 18, ML: 3}
IR_VERSION = 8  # that of the opsets' time, so that runtimes of those years read it
TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}


class Nodes:
    """What a graph computes so far; values are known by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def const(self, array: Any, dtype: Any = np.float64) -> str:
        """The name of a constant."""
        name = f"/constant/{len(self.constants)}"
        made = numpy_helper.from_array(np.ascontiguousarray(np.asarray(array, dtype)), name)
        self.constants.append(made)
        return name

    def texts(self, values: Any) -> str:
        """The name of a constant (n,) of text."""
        name = f"/constant/{len(self.constants)}"
        encoded = [value.encode() for value in values]
        self.constants.append(helper.make_tensor(name, TensorProto.STRING, [len(encoded)], encoded))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node of the kind ``Add``, ``MatMul``, …; returns the name of what it gives."""
        name = f"/{kind}/{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def cast(self, value: str, dtype: Any) -> str:
        return self.add("Cast", value, to=TYPES[np.dtype(dtype).name])

    def name(self, value: str, name: str) -> None:
        """Call ``value`` by a name that those who use the graph know."""
        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def take(self, value: str, places: Array, axis: int = 1) -> str:
        """The columns (or other parts) of ``value`` at these places."""
        return self.add("Gather", value, self.const(places, np.int64), axis=axis)
