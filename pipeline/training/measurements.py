"""What is measured after each epoch: the metrics of every part, and what goes on inside the layers."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.feed.sparsity import together
from pipeline.nn.network import Architecture
from pipeline.nn.regularizers import Regularizer
from pipeline.training.diagnostics import Diagnostics
from pipeline.training.examples import Shown
from pipeline.training.metrics import loss_values, measure
from pipeline.training.model import Model
from pipeline.training.readout import CHUNK, members, merged, probed, readouts_of

Array = np.ndarray
Record = dict[str, float]
PIECE = 8 * CHUNK  # rows at a time


class Measurements:
    """Measures a model that others train: of several networks what they say together.

    Args:
        parts: rows to measure, by name; ``train`` is among them.
        regularizer: for the gradient's norm.
        full_gradient: whether to measure the norm of the gradient over all training rows (a stopping rule needs it).
        trained: the weights as training goes on with them, to look into the layers of the first network; they are
            compared with what they were when this was made. None leaves the layers out.
        importance: (rows,) factors of the training examples in E.

    Attributes:
        losses: (networks, rows) of the training examples when last measured, of each network alone; None before.
    """

    def __init__(
        self,
        model: Model,
        parts: Mapping[str, Shown],
        regularizer: Regularizer,
        full_gradient: bool,
        trained: Sequence[Array] | None,
        importance: Array | None = None,
    ) -> None:
        self._model, self._parts, self._regularizer, self._full = model, parts, regularizer, full_gradient
        self._importance = importance
        train = parts["train"]
        self.losses: Array | None = None
        first = members(trained)[0] if trained else None
        known = train.examples, train.d, importance
        self._diagnostics = Diagnostics(model.architecture, first, *known) if first else None

    def measure(self) -> Record:
        """{"train/loss": …, "validation/error": …, "layer1/gradient_norm": …}; keeps the training losses."""
        record: Record = {}
        self.losses = None  # the new ones take its place in memory
        for name, part in self._parts.items():
            losses = np.empty((self._model.members, part.examples.rows)) if name == "train" else None
            z = _look(self._model, part, losses)
            counted = self._importance if name == "train" else None
            values = measure(self._model, z, part.d, part.y, part.weights, counted)
            record |= {f"{name}/{metric}": value for metric, value in values.items()}
            if name == "train":
                self.losses = losses
        if self._full:
            train = self._parts["train"]
            record["train/gradient_norm"] = gradient_norm(self._model, train, self._regularizer, self._importance)
        return record | (self._diagnostics.measure() if self._diagnostics else {})


def _look(model: Model, part: Shown, losses: Array | None) -> Array:
    """z of all rows (rows, m_L); what each network loses by itself goes to ``losses`` (networks, rows)."""
    architecture, count = model.architecture, part.examples.rows
    z = np.empty((count, architecture.sizes[-1]), part.examples.dtype)
    piece = max(1, together(part.examples.width, PIECE) // CHUNK) * CHUNK
    for start in range(0, count, piece):
        rows = slice(start, start + piece)
        found = readouts_of(architecture, model.weights, part.examples.part(rows))
        z[rows] = merged(architecture.loss, found)
        for own, values in zip(found, () if losses is None else losses, strict=losses is not None):
            values[rows] = loss_values(architecture, own, part.d[rows])
    return z


def gradient_norm(model: Model, part: Shown, regularizer: Regularizer, importance: Array | None = None) -> float:
    """Euclidean norm of ∇E′ over all layers, averaged over the rows, penalties included; no dropout (notes §3).

    E′ of several networks is the mean of theirs.
    """
    networks = members(model.weights)
    from pipeline.arithmetic.norms import norm  # Numba: see training.make_engine

    norms = [_norm(model.architecture, own, part, regularizer, importance) for own in networks]
    return norm(np.array(norms)) / len(networks)


def _norm(
    architecture: Architecture, weights: list[Array], part: Shown, regularizer: Regularizer, importance: Array | None
) -> float:
    """‖∇E′‖ of one network."""
    from pipeline.arithmetic.norms import norm  # Numba: see training.make_engine

    summed = [np.zeros(w.shape) for w in weights]
    for start in range(0, part.examples.rows, CHUNK):
        some = slice(start, start + CHUNK)
        x, weighed = part.examples.part(some), None if importance is None else importance[some]
        found = probed(architecture, weights, x, part.d[some], weighed)
        for sum_, slope in zip(summed, found.slopes, strict=True):
            sum_ += slope * (len(x) / part.examples.rows)
    for sum_, w in zip(summed, weights, strict=True):
        regularizer.subtract_gradient(sum_, w, -1.0)
    return norm(np.array([norm(slope) for slope in summed]))
