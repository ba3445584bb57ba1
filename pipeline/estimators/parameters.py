"""What an estimator's parameters stand for: each fills in one setting of the same name (pipeline/training)."""

import dataclasses
import functools
import inspect
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.estimators.phrasing import worded
from pipeline.feed.augmentation import Augmentation
from pipeline.feed.inputs import AUTO, RECIPES
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed, check
from pipeline.nn.optimizers import MOVING
from pipeline.nn.schedules import Schedule
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved

# Sections that are not taken apart: a name or a Schedule, an Augmentation, and what has no meaning for an estimator.
WHOLE = ("schedule", "augmentation", "validation", "weighting", "decision")
# By the type of X; weight_decay, as everywhere outside of the notes; what only long sweeps need.
ELSEWHERE = ("network.dtype", "regularizer.l2", "optimizer.weight_decay", "stopping.updates")
# Where an estimator's user, who tunes nothing, is served better than the pipeline's.
DEFAULTS = {
    "hidden": (100,),
    "optimizer": "adam",
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": "auto",
    "epochs": 200,
    "patience": 10,
    "tolerance": 1e-4,
}
PLAIN = "standardize"  # what preprocessing=auto is for plain numbers
WIDER: dict[str, Any] = {  # than the setting's
    "hidden": int | Sequence[int],
    "activation": str | Sequence[str],
    "batch_size": int | str,
    "rate_factors": Sequence[float],
    "schedule": str | Schedule,
    "augmentation": Augmentation | None,
    "image_shape": Sequence[int] | None,
    "columns": Mapping[str, str] | None,
    "early_stopping": bool,
    "validation_fraction": float,
    "diagnostics": bool,
    "warm_start": bool,
    "callbacks": Sequence[Callable[[int, Mapping[str, float]], Any]],
    "random_state": int | np.random.RandomState | None,
    "class_weight": Mapping[Any, float] | str | None,
}
OWN: dict[str, Any] = {  # what is no setting of a trial
    "schedule": "constant",
    "augmentation": None,
    "image_shape": None,
    "columns": None,
    "early_stopping": False,
    "validation_fraction": 0.1,
    "diagnostics": False,
    "warm_start": False,
    "callbacks": (),
    "random_state": None,
}
SECTIONS = ("schedule", "augmentation", "weighting")
LIMITED = ("validation_fraction", "image_shape", "columns", "callbacks")
SWITCHES = ("early_stopping", "diagnostics", "warm_start")


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


def _keys() -> dict[str, str]:
    """Each parameter's setting; two settings of one name would be one parameter."""
    found: dict[str, str] = {}
    for parameter, key, _, _ in _settings():
        if parameter in found or parameter in OWN:
            raise TypeError(f"{found.get(parameter, 'an own parameter')} and {key} are both to be {parameter}")
        found[parameter] = key
    return found


KEYS = _keys()
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
    given: Mapping[str, Any], epochs: int, rows: int, dtype: np.dtype, schema: Schema, before: int = 0
) -> Hyperparameters:
    """The resolved settings that parameters stand for, to train for so many ``epochs`` on ``rows`` rows.

    Args:
        before: epochs that the network was trained for already, which a schedule by name spans too.

    Raises:
        ValueError: a parameter is not as it must be; the message names it.
    """
    those = tuple((name, type(value), value) for name, value in given.items() if name in KEYS or name in SECTIONS)
    try:
        return _kept(those, epochs, rows, dtype, schema, before)
    except TypeError:  # a list among them
        return _made(given, epochs, rows, dtype, schema, before)


@functools.lru_cache(maxsize=64)
def _kept(those: tuple[tuple[str, type, Any], ...], *others: Any) -> Hyperparameters:
    """What was made of the same parameters before: partial_fit asks again and again."""
    return _made({name: value for name, _, value in those}, *others)


def _made(
    given: Mapping[str, Any], epochs: int, rows: int, dtype: np.dtype, schema: Schema, before: int
) -> Hyperparameters:
    values = {KEYS[name]: value for name, value in given.items() if name in KEYS}
    values |= {KEYS["hidden"]: _layers(given["hidden"]), KEYS["rate_factors"]: _tuple(given["rate_factors"])}
    if given["preprocessing"] == AUTO and not schema.kinds:
        values[KEYS["preprocessing"]] = PLAIN
    if isinstance(given["activation"], list | tuple):
        values["network.activation"] = ",".join(map(str, given["activation"]))
    if given["optimizer"] == "adamw":  # whose decay stands beside the gradient
        values["optimizer.weight_decay"] = values.pop("regularizer.l2")
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
        return resolved(changed(settings, _implied(settings, epochs, before, isinstance(schedule, Schedule))), schema)
    except NotAllowed as error:
        raise ValueError(worded(str(error), given, KEYS)) from None


def check_own(given: Mapping[str, Any]) -> None:
    """Hold those parameters that are no settings against what they may be.

    Raises:
        ValueError: names the first that is not allowed.
    """
    share, shape, columns, callbacks = (given[name] for name in LIMITED)
    allowed: dict[str, tuple[bool, str]] = {
        name: (isinstance(given[name], bool | np.bool_), "True or False") for name in SWITCHES
    }
    allowed |= {
        "validation_fraction": (_number(share) and 0 < share < 1, "a number greater than 0 and less than 1"),
        "image_shape": (
            shape is None or (isinstance(shape, list | tuple) and len(shape) in (2, 3) and all(map(_whole, shape))),
            "None, (height, width) or (height, width, channels)",
        ),
        "columns": (columns is None or isinstance(columns, Mapping), "None, or kinds by name, as {'age': 'number'}"),
        "callbacks": (isinstance(callbacks, list | tuple) and all(map(callable, callbacks)), "a list of functions"),
    }
    for name, (good, words) in allowed.items():
        if not good:
            raise ValueError(f"{name}={given[name]} is not allowed: it must be {words}")


def fills_gaps(given: Mapping[str, Any]) -> bool:
    """Whether the preprocessing knows what to do with a gap, even where rows had none in training."""
    recipe = RECIPES.get(given["preprocessing"], RECIPES[PLAIN])
    return recipe.numbers is not RECIPES[PLAIN].numbers or given["embedding"] != "none"


def _number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return _number(value) and bool(value > 0) and int(value) == value


def _layers(hidden: Any) -> Any:
    """hidden=20 is one layer of 20 units."""
    whole = _number(hidden) and isinstance(hidden, numbers.Integral)
    return (hidden,) if whole else _tuple(hidden)


def _implied(settings: Hyperparameters, epochs: int, before: int, scheduled: bool) -> dict[str, Any]:
    """What follows from the parameters once they are seen to be right: a schedule by name spans all of the epochs."""
    found: dict[str, Any] = {} if scheduled else {"schedule.epochs": before + settings.stopping.epochs}
    if settings.optimizer.name not in MOVING:
        found["optimizer.momentum"] = 0.0
    return {**found, "stopping.epochs": epochs}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else value
