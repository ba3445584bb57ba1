"""What is measured after each epoch: the metrics of every part, and what goes on inside the layers."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from pipeline.nn.regularizers import Penalty
from pipeline.training.diagnostics import Diagnostics
from pipeline.training.feed import Feed
from pipeline.training.gradient import gradient_norm
from pipeline.training.metrics import loss_values, measure
from pipeline.training.model import CHUNK, Model, outputs_of

Array = np.ndarray
Record = dict[str, float]


class Part(NamedTuple):
    """Rows to measure: their feed, desired outputs d (rows, m_L), and labels or targets y (rows,)."""

    feed: Feed
    d: Array
    y: Array


class Observer:
    """Measures a model that others train.

    Args:
        parts: by name; ``train`` is among them.
        penalty: for the gradient's norm.
        full_gradient: whether to measure the norm of the gradient over all training rows (a stopping rule needs it).
    """

    def __init__(
        self, model: Model, parts: Mapping[str, Part], penalty: Penalty, full_gradient: bool, inside: bool = True
    ) -> None:
        self._model, self._parts, self._penalty, self._full = model, parts, penalty, full_gradient
        train = parts["train"]
        self.losses: Array | None = None
        self._diagnostics = Diagnostics(model.architecture, model.weights, train.feed, train.d) if inside else None

    def observe(self) -> Record:
        """{"train/loss": …, "validation/error": …, "layer1/gradient_norm": …}; keeps the training losses (rows,)."""
        record: Record = {}
        for name, part in self._parts.items():
            outputs = _outputs(self._model, part.feed)
            values = measure(self._model, outputs, part.d, part.y)
            record |= {f"{name}/{metric}": value for metric, value in values.items()}
            if name == "train":
                self.losses = loss_values(self._model.architecture, outputs, part.d)
        if self._full:
            record["train/gradient_norm"] = gradient_norm(self._model, self._parts["train"], self._penalty)
        return record | (self._diagnostics.measure() if self._diagnostics else {})


def _outputs(model: Model, feed: Feed) -> Array:
    """y_L of all rows, (rows, m_L)."""
    found = np.empty((feed.rows, model.architecture.sizes[-1]), feed.dtype)
    for start in range(0, feed.rows, 8 * CHUNK):
        rows = slice(start, start + 8 * CHUNK)
        found[rows] = outputs_of(model.architecture, model.weights, feed.part(rows))
    return found
