"""The gradient over all training rows, for the notes' first stopping criterion (§3)."""

from typing import Protocol

import numpy as np

from pipeline.nn.network import Workspace, backward, factors, forward, gradients
from pipeline.nn.regularizers import Penalty
from pipeline.training.feed import Feed
from pipeline.training.model import CHUNK, Model

Array = np.ndarray


class Rows(Protocol):
    @property
    def feed(self) -> Feed: ...

    @property
    def d(self) -> Array: ...


def gradient_norm(model: Model, rows: Rows, penalty: Penalty) -> float:
    """Euclidean norm of ∇E′ over all layers, averaged over the rows, penalties included; no dropout."""
    total = [np.zeros(w.shape) for w in model.weights]
    for start in range(0, rows.feed.rows, CHUNK):
        some = slice(start, start + CHUNK)
        x, d = rows.feed.part(some), rows.d[some]
        space = Workspace(model.architecture, len(x), x.dtype)
        forward(model.architecture, model.weights, x, space)
        backward(model.architecture, model.weights, d, space)
        for sum_, slope in zip(total, gradients(factors(x, space)), strict=True):
            sum_ += slope * (len(x) / rows.feed.rows)
    for sum_, w in zip(total, model.weights, strict=True):
        penalty.subtract_gradient(sum_, w, -1.0)
    return float(np.sqrt(sum(np.square(slope).sum() for slope in total)))
