"""What a model says of each row, as columns with names: the same whichever way the rows came."""

import numpy as np

from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.training.model import Model

Array = np.ndarray
LABEL, PREDICTION = "label", "prediction"


def answers(model: Model, X: Array) -> dict[str, Array]:
    """One column per name, each (rows,), for raw rows X (rows, features).

    Classification: ``label``, then ``probability_<class>`` of each (``output_<class>`` where the outputs are no
    probabilities). Several labels: ``label_<name>``, true or false, of each, then their probabilities. Regression:
    ``prediction``, or ``prediction_<target>`` of each, in the targets' own units.
    """
    z = model.readout(X)
    decoded = model.decode(z)
    if model.schema.task == REGRESSION:
        values = decoded.reshape(len(X), -1).astype(np.float64)
    else:
        values = model.outputs(z).astype(np.float64)
    numbers = dict(zip(number_names(model), values.T, strict=True))
    if model.schema.task == CLASSIFICATION:
        return {LABEL: np.array(model.classes, object)[decoded], **numbers}
    flags = dict(zip(flag_names(model), decoded.astype(bool).reshape(len(X), -1).T, strict=False))
    return {**flags, **numbers}


def number_names(model: Model) -> list[str]:
    """Of the columns of numbers, in the order of the outputs."""
    if model.schema.task == REGRESSION:
        targets = model.schema.targets
        return [f"{PREDICTION}_{target}" for target in targets] if len(targets) > 1 else [PREDICTION]
    return [f"{'probability' if is_probable(model) else 'output'}_{label}" for label in model.classes]


def is_probable(model: Model) -> bool:
    """Whether the outputs are probabilities."""
    return model.architecture.activations[-1] == "softmax" or model.architecture.loss == "binary_cross_entropy"


def flag_names(model: Model) -> list[str]:
    """Of the columns of true and false: of several labels one each."""
    return [] if model.schema.task in (CLASSIFICATION, REGRESSION) else [f"{LABEL}_{name}" for name in model.classes]
