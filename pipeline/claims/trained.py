"""Trainings as a claim needs them: of given settings, without early stopping, what was measured as curves."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from pipeline.claims.material import Material
from pipeline.training.determinism import one_thread, side_by_side
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved
from pipeline.training.model import Model
from pipeline.training.training import NOTHING, Given, Training

Curves = dict[str, list[float]]


class Trained(NamedTuple):
    """curves: each metric by epoch, ``train/loss``, ``validation/error`` (of the held-out rows); and how it ended."""

    curves: Curves
    outcome: Outcome


def run(
    values: Mapping[str, Any],
    on: Material,
    seed: int,
    epochs: int,
    given: Given = NOTHING,
    inside: bool = False,
    until: float = -math.inf,
) -> Trained:
    """Train one network for so many epochs.

    Args:
        values: settings that are not the defaults, by dotted names: ``{"optimizer.learning_rate": 0.1}``.
        inside: whether the layers are measured too (``layer1/gradient_norm``).
        until: the training loss at which it ends earlier.
    """
    curves: Curves = {}

    def keep(epoch: int, record: Mapping[str, float]) -> bool:
        for name, value in record.items():
            curves.setdefault(name, []).append(value)
        return record["train/loss"] <= until

    usual = {"stopping.patience": 0, "stopping.epochs": epochs, "seed": seed}
    settings = resolved(changed(Hyperparameters(), usual | dict(values)), on.schema)
    outcome = fit(settings, on.train, on.held_out, on.schema, keep, given, diagnostics=inside)
    return Trained(curves, outcome)


def last_model(values: Mapping[str, Any], on: Material, seed: int, epochs: int) -> Model:
    """The model after so many epochs, where no curve is wanted: looks take a small network longer than its epochs."""
    settings = resolved(changed(Hyperparameters(), {"seed": seed} | dict(values)), on.schema)
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        training = Training(settings, on.train, on.schema)
        for _ in range(epochs):
            training.epoch([], None)
    return training.model


def passes_to(curve: Sequence[float], target: float) -> float:
    """After how many epochs a curve (its first value is that after epoch 1) is down at ``target`` for the first time.

    Between two epochs by the straight line of the logarithms; infinite if it never gets there.
    """
    below = np.flatnonzero(np.asarray(curve) <= target)
    if not len(below):
        return math.inf
    at = int(below[0])
    if at == 0:
        return 1.0
    before, after = math.log(curve[at - 1]), math.log(max(curve[at], 1e-300))
    return at + (before - math.log(target)) / (before - after)


def quickest(rates: Sequence[float], passes: Callable[[float], float]) -> float:
    """The learning rate with the fewest passes, of those the first; all rates are tried side by side."""
    found = side_by_side([partial(passes, rate) for rate in rates])
    return rates[int(np.argmin(found))]
