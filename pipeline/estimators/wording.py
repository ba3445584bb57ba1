"""What help() says of each parameter: the words that the settings themselves have, in scikit-learn's form."""

import collections.abc
import dataclasses
import inspect
import re
import textwrap
import types
import typing
from typing import Any

from pipeline.estimators.learned import ReadOff
from pipeline.estimators.parameters import KEYS, PLAIN
from pipeline.training.hyperparameters import Hyperparameters

WIDTH = 116
REFERENCE = re.compile(r" \((?:notes )?§[^)]*\)")
# Of parameters that are no setting, or that mean more here; the rest is read off the settings' sections.
TEXTS = {
    "optimizer": "the update rule",
    "learning_rate": "η, of which the optimizer, the schedule and layer_rates make each step's",
    "batch_size": "rows of an update; auto is 200, or all rows if there are fewer; 0 is all rows, 1 is online learning",
    "engine": "compiled, or numpy: the same formulas, slower, for any activation",
    "initializer": "what the initial weights are drawn from",
    "sampling": "which rows an epoch shows, and in which order",
    "bins": "intervals of the embedding piecewise_linear",
    "waves": "sines, and as many cosines, of the embedding periodic",
    "dropout": "share of the hidden units that are left out, anew for each batch",
    "input_dropout": "share of the inputs that are left out, anew for each batch",
    "l1": "λ₁ of the penalty λ₁ ‖w‖₁",
    "l1_step": "subgradient, −ηλ₁ sgn(w), or proximal, by which weights become exactly 0",
    "weight_decay": "λ of the penalty λ/2 ‖w‖² (biases are exempt)",
    "preprocessing": f"auto is robust for tables (text, dates, categories or gaps among X), {PLAIN} for plain numbers",
    "rare": "rows that a level of a category needs for an input of its own; levels with fewer share one",
    "levels": "levels of a category that have an input of their own, at most: those with the most rows; the others "
    "share one, with a note",
    "schedule": "how the learning rate falls from epoch to epoch: a name, which spans all epochs, or a Schedule",
    "augmentation": "how rows are distorted, anew in each epoch; needs image_shape but for noise",
    "image_shape": "(height, width) or (height, width, channels) of the rows, if they are images",
    "columns": "what columns of a table are, by name, where it does not show: number, category, flag, date, "
    "'date %d.%m.%Y' as dates are written, or drop",
    "early_stopping": "whether to set a part of the rows aside as X_val, where fit is given none",
    "validation_fraction": "its share; classes have the same share of it, and rows that are equal stay together",
    "diagnostics": "whether history_ also tells what goes on inside the layers (slower)",
    "warm_start": "whether fit goes on with the network of the last fit",
    "callbacks": "functions that are called after each epoch with its number and metrics; one that returns True ends "
    "the training",
    "random_state": "seed of the initial weights, the order of the rows, dropout and the rows that are set aside",
    "class_weight": "None, balanced, or a weight by class, 1 for those that are not named",
    "averaging": "which mean of the weights over the epochs is kept",
    "members": "networks that are trained side by side, each from its own seed, and answer by their average",
}
ATTRIBUTES = {
    "model_": "The network with its preprocessing (pipeline.training.model.Model).",
    "history_": "Every metric by name, a list with one value per epoch.",
    "n_iter_": "Epochs trained.",
    "t_": "Training rows shown, over all epochs.",
    "best_epoch_": "The epoch with the best score.",
    "stopped_by_": "The rule that ended training.",
    "n_features_in_": "Columns of X.",
    "feature_names_in_": "Their names, where X was a table.",
}
NAMES: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", type(None): "None", Any: "any"}


def documented(estimator: type, text: str) -> str:
    """The docstring ``text`` of an estimator, with its parameters in the place of ``{parameters}``."""
    lines = ["Parameters", "----------"]
    for name, parameter in list(inspect.signature(estimator).parameters.items()):
        lines.append(f"{name} : {_kind(name, parameter.annotation)}, default={_default(parameter.default)}")
        lines += textwrap.wrap(text_of(name), WIDTH, initial_indent="    ", subsequent_indent="    ")
    return inspect.cleandoc(text).replace("{parameters}", "\n".join(lines)).replace("{learned}", _attributes())


def _attributes() -> str:
    """What fit leaves behind; with the properties' own docstrings."""
    properties = {name: found for name, found in vars(ReadOff).items() if isinstance(found, property)}
    told = {**ATTRIBUTES, **{name: inspect.getdoc(found) or "" for name, found in properties.items()}}
    return "\n".join(["Attributes", "----------", *(f"{name}\n    {text}" for name, text in told.items())])


def text_of(name: str) -> str:
    """What a parameter means, in one line."""
    if name in TEXTS or name not in KEYS:
        return TEXTS.get(name, "")
    section, _, field = KEYS[name].partition(".")
    owner = next(found for found in dataclasses.fields(Hyperparameters) if found.name == section)
    return told(owner.type, field) or f"{field} of the {section}"


def told(section: Any, field: str) -> str:
    """What the docstring of a section says after ``field:``, up to the next field or paragraph."""
    text, heads = _heads(section)
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        if field in head["names"].split(", "):
            said = text[head.end() : end].split("\n\n")[0]
            return REFERENCE.sub("", " ".join(said.split())).replace("``", "").rstrip(" ;.")
    return ""


def prose(section: Any) -> str:
    """What the docstring of a section says of no field by itself."""
    text, heads = _heads(section)
    starts = [0, *(text.find("\n\n", head.end()) for head in heads)]
    ends = [*(head.start() for head in heads), len(text)]
    parts = (text[start:end].strip() for start, end in zip(starts, ends, strict=True) if 0 <= start < end)
    return "\n\n".join(filter(None, parts))


def _heads(section: Any) -> tuple[str, list[re.Match[str]]]:
    """The docstring of a section, and where it begins to tell of a field, or of several at once."""
    names = "|".join(found.name for found in dataclasses.fields(section))
    start = rf"(?:^|(?<=[;.] ))(?P<names>(?:{names})(?:, (?:{names}))*):\s"
    text = inspect.getdoc(section) or ""
    return text, list(re.finditer(start, text, re.MULTILINE))


def _kind(name: str, annotation: Any) -> str:
    choices = _choices(name)
    return f"{{{', '.join(map(repr, choices))}}}" if choices else _named(annotation)


def _choices(name: str) -> list[str]:
    section, _, field = KEYS.get(name, "").partition(".")
    if not section:
        return []
    owner = next(found for found in dataclasses.fields(Hyperparameters) if found.name == section)
    own = next(found for found in dataclasses.fields(owner.type) if found.name == field)  # type: ignore[arg-type]
    return list(own.metadata.get("choices", ()))


def _named(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(map(_named, inner))
    if origin in (tuple, collections.abc.Sequence):
        return f"sequence of {_named(inner[0])}"
    if origin is collections.abc.Mapping:
        return "dict"
    if origin is collections.abc.Callable:
        return "callable"
    return NAMES.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(value: Any) -> str:
    return repr(value)
