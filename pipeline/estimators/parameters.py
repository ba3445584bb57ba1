"""What an estimator's parameters stand for: each fills in one setting of the same name (pipeline/training)."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed, check
from pipeline.nn.optimizers import MOVING
from pipeline.nn.schedules import Schedule
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved

# Sections that are not taken apart: a name or a Schedule, an Augmentation, and what has no meaning for an estimator.
WHOLE = ("schedule", "augmentation", "validation", "weighting", "decision")
# By the type of X; weight_decay, as everywhere outside of the notes; what only columns with levels need.
ELSEWHERE = ("network.dtype", "regularizer.l2", "preprocessing.rare", "preprocessing.levels")
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
WIDER: dict[str, Any] = {  # than the setting's
    "hidden": Sequence[int],
    "activation": str | Sequence[str],
    "batch_size": int | str,
    "rate_factors": Sequence[float],
    "schedule": str | Schedule,
    "augmentation": Augmentation | None,
}
# How messages about the weighting read where it is the classifier's class_weight.
CLASS_WEIGHT = (("weighting.classes", "class_weight"), ("weighting.name", "class_weight"))
OWN: dict[str, Any] = {  # what is no setting of a trial
    "schedule": "constant",
    "augmentation": None,
    "image_shape": None,
    "diagnostics": False,
    "warm_start": False,
    "callbacks": (),
    "random_state": None,
}


def _settings() -> Iterator[tuple[str, str, Any, Any]]:
    """(parameter, dotted key, default, type) of each setting that a parameter fills in."""
    for section in dataclasses.fields(Hyperparameters):
        if section.name in WHOLE or not dataclasses.is_dataclass(section.type):
            continue
        for field in dataclasses.fields(section.type):
            key = f"{section.name}.{field.name}"
            if key not in ELSEWHERE:
                parameter = section.name if field.name == "name" else field.name
                yield parameter, key, DEFAULTS.get(parameter, field.default), field.type
    yield "weight_decay", "regularizer.l2", 0.0, float


KEYS = {parameter: key for parameter, key, _, _ in _settings()}
PARAMETERS: dict[str, Any] = {parameter: default for parameter, _, default, _ in _settings()} | OWN
TYPES = {parameter: kind for parameter, _, _, kind in _settings()} | WIDER


def signature(*more: str) -> inspect.Signature:
    """An estimator's signature: ``hidden`` by position, all else by name; ``more`` parameters are None by default."""
    named = {**PARAMETERS, **dict.fromkeys(more)}
    kinds = dict.fromkeys(named, inspect.Parameter.KEYWORD_ONLY) | {"hidden": inspect.Parameter.POSITIONAL_OR_KEYWORD}
    made = {
        name: inspect.Parameter(name, kinds[name], default=default, annotation=TYPES.get(name, Any))
        for name, default in named.items()
    }
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([own, made.pop("hidden"), *made.values()])


def hyperparameters(
    given: Mapping[str, Any], epochs: int, rows: int, dtype: np.dtype, schema: Schema
) -> Hyperparameters:
    """The resolved settings that parameters stand for, to train for so many ``epochs`` on ``rows`` rows.

    Raises:
        ValueError: a parameter is not as it must be; the message names it.
    """
    values = {KEYS[name]: value for name, value in given.items() if name in KEYS}
    values |= {KEYS[name]: _tuple(given[name]) for name in ("hidden", "rate_factors")}
    if isinstance(given["activation"], list | tuple):
        values["network.activation"] = ",".join(map(str, given["activation"]))
    if given["batch_size"] == "auto":
        values["optimizer.batch_size"] = min(200, rows)
    elif isinstance(given["batch_size"], str):
        raise ValueError(f"batch_size={given['batch_size']} is not allowed: it must be auto, 0 for all rows, or more")
    schedule, distortions = given["schedule"], given["augmentation"]
    values["weighting"] = given["weighting"]
    values["schedule"] = schedule if isinstance(schedule, Schedule) else Schedule(schedule)
    values["augmentation"] = Augmentation() if distortions is None else distortions
    settings: Hyperparameters = changed(Hyperparameters(), {**values, "network.dtype": dtype.name})
    try:
        check(settings)
        return resolved(changed(settings, _implied(settings, epochs, isinstance(schedule, Schedule))), schema)
    except NotAllowed as error:
        raise ValueError(_in_parameters(str(error))) from None


def _implied(settings: Hyperparameters, epochs: int, scheduled: bool) -> dict[str, Any]:
    """What follows from the parameters once they are seen to be right: a schedule by name spans all of the epochs."""
    found: dict[str, Any] = {} if scheduled else {"schedule.epochs": settings.stopping.epochs}
    if settings.optimizer.name not in MOVING:
        found["optimizer.momentum"] = 0.0
    return {**found, "stopping.epochs": epochs}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else value


def _in_parameters(text: str) -> str:
    """A message that names settings, with the parameters' names in their place."""
    for parameter, key in KEYS.items():
        text = text.replace(key, parameter)
    for key, parameter in (("schedule.name", "schedule"), *CLASS_WEIGHT):
        text = text.replace(key, parameter)
    return text
