"""The chosen settings trained once more, on all open rows, as ``selection.refit`` asks for."""

from dataclasses import replace

from pipeline.storage.parts import OpenData
from pipeline.training.fit import Outcome
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.model import Model
from pipeline.training.validation import refitted
from pipeline.trials.room_for_rows import check_joined


def refit_of(chosen: Model, settings: Hyperparameters, data: OpenData, epochs: int) -> Outcome:
    """The outcome of a training on training and validation rows for as many epochs as were best without the latter.

    No row is left to choose a threshold by: the model has that of the chosen one, if it has any.
    """
    check_joined(data, "selection.refit=true", "selection.refit=false", copies=1)
    outcome = refitted(settings, data.train + data.validation, data.card, epochs)
    if outcome.model is None:
        return outcome
    return replace(outcome, model=replace(outcome.model, threshold=chosen.threshold))
