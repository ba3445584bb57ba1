"""Gives a trained model its threshold. The score that trials are compared by stays as it was, of the largest output."""

import dataclasses

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.training.fit import Outcome
from pipeline.training.metrics import desired, main_metric, measure
from pipeline.training.model import Model
from pipeline.training.threshold import CHOSEN, NONE, Decision, Threshold, best_threshold, rarer

Array = np.ndarray
MEASURED = ("f1", "balanced_accuracy", "recall", "precision")


def decided(outcome: Outcome, decision: Decision, train: Rows, validation: Rows) -> Outcome:
    """The outcome, its model with the threshold that ``decision`` asks for, and what that comes to.

    Of the validation rows, ``validation/threshold``, the rates of the rarer class, and the main metric as
    ``validation/decided_…``. One number is fitted to these rows, so all of them flatter a little; test rows know
    nothing of it.

    Raises:
        HoldoutError: a threshold can't be chosen, for all validation rows are of one class.
    """
    if decision.name == NONE or outcome.model is None:
        return outcome
    z = outcome.model.readout(validation.X)
    threshold = _threshold(outcome.model, decision, train, validation, outcome.model.outputs(z))
    model = dataclasses.replace(outcome.model, threshold=threshold)
    found = measure(model, z, desired(model, validation.y), validation.y, validation.importance)
    main = main_metric(model.schema)
    facts = {"threshold": threshold.least, f"decided_{main}": found[main], **{name: found[name] for name in MEASURED}}
    metrics = outcome.metrics | {f"validation/{name}": value for name, value in facts.items()}
    return dataclasses.replace(outcome, model=model, metrics=metrics)


def _threshold(model: Model, decision: Decision, train: Rows, validation: Rows, outputs: Array) -> Threshold:
    place = rarer(train.y)
    if decision.name != CHOSEN:
        return Threshold(place, decision.threshold)
    positive = validation.y == place
    if positive.all() or not positive.any():
        names = model.classes
        raise HoldoutError(
            f"settings: decision.name={CHOSEN} can't choose a threshold: all {len(validation)} validation rows are "
            f"{names[place] if positive.all() else names[1 - place]}; use given, or split.ratio for more of them"
        )
    return Threshold(place, best_threshold(outputs[:, place], positive, decision, validation.importance))
