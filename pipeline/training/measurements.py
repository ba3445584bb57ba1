"""What is measured after each epoch: the metrics of every part, and what goes on inside the layers."""

from collections.abc import Mapping

import numpy as np

from pipeline.nn.network import Workspace, backward, factors, forward, gradients
from pipeline.nn.regularizers import Regularizer
from pipeline.training.diagnostics import Diagnostics
from pipeline.training.examples import Examples, Shown
from pipeline.training.metrics import loss_values, measure
from pipeline.training.model import CHUNK, Model, outputs_of

Array = np.ndarray
Record = dict[str, float]


class Measurements:
    """Measures a model that others train.

    Args:
        parts: rows to measure, by name; ``train`` is among them.
        regularizer: for the gradient's norm.
        full_gradient: whether to measure the norm of the gradient over all training rows (a stopping rule needs it).
        inside: whether to look into the layers; they are compared with what they were when this was made.
        importance: (rows,) factors of the training examples in E.

    Attributes:
        losses: (rows,) of the training examples when last measured, None before.
    """

    def __init__(
        self,
        model: Model,
        parts: Mapping[str, Shown],
        regularizer: Regularizer,
        full_gradient: bool,
        inside: bool,
        importance: Array | None = None,
    ) -> None:
        self._model, self._parts, self._regularizer, self._full = model, parts, regularizer, full_gradient
        self._importance = importance
        train = parts["train"]
        self.losses: Array | None = None
        self._diagnostics: Diagnostics | None = None
        if inside:
            self._diagnostics = Diagnostics(model.architecture, model.weights, train.examples, train.d, importance)

    def measure(self) -> Record:
        """{"train/loss": …, "validation/error": …, "layer1/gradient_norm": …}; keeps the training losses."""
        record: Record = {}
        self.losses = None  # the new ones take its place in memory
        for name, part in self._parts.items():
            outputs = _outputs(self._model, part.examples)
            counted = self._importance if name == "train" else None
            values = measure(self._model, outputs, part.d, part.y, part.weights, counted)
            record |= {f"{name}/{metric}": value for metric, value in values.items()}
            if name == "train":
                self.losses = loss_values(self._model.architecture, outputs, part.d)
        if self._full:
            train = self._parts["train"]
            record["train/gradient_norm"] = gradient_norm(self._model, train, self._regularizer, self._importance)
        return record | (self._diagnostics.measure() if self._diagnostics else {})


def _outputs(model: Model, examples: Examples) -> Array:
    """y_L of all rows, (rows, m_L)."""
    found = np.empty((examples.rows, model.architecture.sizes[-1]), examples.dtype)
    for start in range(0, examples.rows, 8 * CHUNK):
        rows = slice(start, start + 8 * CHUNK)
        found[rows] = outputs_of(model.architecture, model.weights, examples.part(rows))
    return found


def gradient_norm(model: Model, part: Shown, regularizer: Regularizer, importance: Array | None = None) -> float:
    """Euclidean norm of ∇E′ over all layers, averaged over the rows, penalties included; no dropout (notes §3)."""
    total = [np.zeros(w.shape) for w in model.weights]
    for start in range(0, part.examples.rows, CHUNK):
        some = slice(start, start + CHUNK)
        x, d = part.examples.part(some), part.d[some]
        space = Workspace(model.architecture, len(x), x.dtype)
        forward(model.architecture, model.weights, x, space)
        backward(model.architecture, model.weights, d, space)
        if importance is not None:
            for delta in space.delta:  # each is linear in δ_L
                delta *= importance[some, None]
        for sum_, slope in zip(total, gradients(factors(x, space)), strict=True):
            sum_ += slope * (len(x) / part.examples.rows)
    for sum_, w in zip(total, model.weights, strict=True):
        regularizer.subtract_gradient(sum_, w, -1.0)
    return float(np.sqrt(sum(np.square(slope).sum() for slope in total)))
