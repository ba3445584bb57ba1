"""What an estimator's parameters stand for: each fills in one setting of the same name (pipeline/training)."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed, check
from pipeline.nn.optimizers import MOVING
from pipeline.nn.schedules import Schedule
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved

# Sections that are not taken apart: a name or a Schedule, an Augmentation, and what has no meaning for an estimator.
WHOLE = ("schedule", "augmentation", "validation")
ELSEWHERE = ("network.dtype", "regularizer.l2")  # by the type of X; weight_decay, as everywhere outside of the notes
# Where an estimator's user, who tunes nothing, is served better than the pipeline's.
DEFAULTS = {
    "hidden": (100,),
    "optimizer": "adam",
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": "auto",
    "preprocessing": "standardize",
    "epochs": 200,
    "patience": 0,
}
OWN: dict[str, Any] = {  # what is no setting of a trial
    "schedule": "constant",
    "augmentation": None,
    "image_shape": None,
    "diagnostics": False,
    "warm_start": False,
    "callbacks": (),
    "random_state": None,
}


def _settings() -> Iterator[tuple[str, str, Any]]:
    """(parameter, dotted key, default) of each setting that a parameter fills in."""
    for section in dataclasses.fields(Hyperparameters):
        if section.name in WHOLE or not dataclasses.is_dataclass(section.type):
            continue
        for field in dataclasses.fields(section.type):
            key = f"{section.name}.{field.name}"
            if key not in ELSEWHERE:
                parameter = section.name if field.name == "name" else field.name
                yield parameter, key, DEFAULTS.get(parameter, field.default)
    yield "weight_decay", "regularizer.l2", 0.0


KEYS = {parameter: key for parameter, key, _ in _settings()}
PARAMETERS: dict[str, Any] = {parameter: default for parameter, _, default in _settings()} | OWN


def signature(*more: str) -> inspect.Signature:
    """An estimator's signature: ``hidden`` by position, all else by name; ``more`` parameters are None by default."""
    kind = inspect.Parameter.KEYWORD_ONLY
    named = {**PARAMETERS, **dict.fromkeys(more)}
    first = inspect.Parameter("hidden", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=named.pop("hidden"))
    rest = [inspect.Parameter(name, kind, default=default) for name, default in named.items()]
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([own, first, *rest])


def hyperparameters(
    given: Mapping[str, Any], epochs: int, rows: int, dtype: np.dtype, schema: Schema
) -> Hyperparameters:
    """The resolved settings that parameters stand for, to train for so many ``epochs`` on ``rows`` rows.

    Raises:
        ValueError: a parameter is not as it must be; the message names it.
    """
    values = {KEYS[name]: value for name, value in given.items() if name in KEYS}
    values["network.hidden"] = tuple(given["hidden"])
    if not isinstance(given["activation"], str):
        values["network.activation"] = ",".join(given["activation"])
    if given["batch_size"] == "auto":
        values["optimizer.batch_size"] = min(200, rows)
    values["optimizer.rate_factors"] = tuple(given["rate_factors"])
    if given["optimizer"] not in MOVING:
        values["optimizer.momentum"] = 0.0
    schedule = given["schedule"]
    values["schedule"] = schedule if isinstance(schedule, Schedule) else Schedule(schedule, epochs=given["epochs"])
    values["augmentation"] = given["augmentation"] or Augmentation()
    values |= {"network.dtype": dtype.name, "stopping.epochs": epochs}
    settings: Hyperparameters = changed(Hyperparameters(), values)
    try:
        check(settings)
        return resolved(settings, schema)
    except NotAllowed as error:
        raise ValueError(_in_parameters(str(error))) from None


def _in_parameters(text: str) -> str:
    """A message that names settings, with the parameters' names in their place."""
    for parameter, key in KEYS.items():
        text = text.replace(key, parameter)
    return text.replace("schedule.name", "schedule")
