"""How wide an answer must be to hold the truth nine times in ten: split conformal prediction, on validation rows.

Vovk, Gammerman and Shafer (2005); Lei et al. (2018) of numbers. It takes nothing for granted but that rows are drawn
alike, and that the rows it is calibrated on chose nothing: validation rows chose the candidate and its epoch, which the
report says. Sorting one array is all it takes, so that no library is needed for it.
"""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model

Array = np.ndarray
LEVEL = 0.9


@dataclass(frozen=True)
class Widths:
    """How wide answers must be, of one kind of two.

    rows: calibrated on; half: of numbers, ± so much holds the truth; least: of classes, those of such a probability or
    more are in the set; sizes: rows by the number of classes in their set, from 0 on.
    """

    rows: int
    half: float | None = None
    least: float | None = None
    sizes: tuple[int, ...] = ()


def widths(model: Model, rows: Rows, card: Card) -> Widths | None:
    """None for several targets or labels, without probabilities, with weights or groups, or with too few rows."""
    if rows.importance is not None or rows.groups is not None or card.task not in (CLASSIFICATION, REGRESSION):
        return None
    with one_thread():  # the same bits whatever the number of cores
        z = model.readout(rows.X)
        if card.task == REGRESSION:
            return None if rows.y.ndim > 1 else _of_numbers(np.abs(model.decode(z) - rows.y))
        if not model.architecture.loss.endswith("cross_entropy"):
            return None
        from pipeline.arithmetic.elementwise import exp  # Numba: see training.make_engine

        return _of_classes(exp(model.log_probabilities(z)), rows.y)


def quantile(scores: Array) -> float | None:
    """The ⌈(n + 1) LEVEL⌉-th smallest of the scores (n,); None if there are not so many."""
    place = math.ceil((len(scores) + 1) * LEVEL)
    return float(np.sort(scores)[place - 1]) if place <= len(scores) else None


def _of_numbers(errors: Array) -> Widths | None:
    half = quantile(errors)
    return None if half is None else Widths(len(errors), half=half)


def _of_classes(probabilities: Array, y: Array) -> Widths | None:
    """Of probabilities (rows, classes) and class indices (rows,)."""
    worst = quantile(1 - probabilities[np.arange(len(y)), y])
    if worst is None:
        return None
    sizes = np.bincount((1 - probabilities <= worst).sum(axis=1))
    return Widths(len(y), least=1 - worst, sizes=tuple(map(int, sizes)))
