"""What is wrong with a setting, said of the parameter that fills it in."""

from collections.abc import Mapping
from typing import Any

from pipeline.estimators.familiar import instead

# What a parameter may be, where that is more than its setting: by the end of the setting's message.
MAY_BE = {
    ("hidden", "a list"): "a whole number, or a list of one for each hidden layer",
    ("activation", "text"): "a name, or a list of one for each hidden layer",
    ("rate_factors", "a list"): "a list of a factor for each layer",
    ("batch_size", "a whole number"): "auto, 0 for all rows, or a whole number",
    ("schedule", "text"): "a name, or a Schedule",
    ("augmentation", "of the type Augmentation"): "None, or an Augmentation",
}
MUST = "it must be "
# How messages about the weighting read where it is the classifier's class_weight.
CLASS_WEIGHT = (("weighting.classes", "class_weight"), ("weighting.name", "class_weight"))


def worded(text: str, given: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """A message about settings as one about parameters, with what to use for a value of another library's.

    Args:
        given: the parameters by name; keys: the setting that each of them fills in.
    """
    text = _in_parameters(text, keys)
    name = next((name for name in given if text.startswith(f"{name}=")), "")
    start, must, words = text.partition(MUST)
    return start + must + MAY_BE.get((name, words), words) + instead(name, given.get(name))


def _in_parameters(text: str, keys: Mapping[str, str]) -> str:
    """A message that names settings, with the parameters' names in their place."""
    for parameter, key in keys.items():
        text = text.replace(key, parameter)
    for key, parameter in (("schedule.name", "schedule"), ("optimizer.weight_decay", "weight_decay"), *CLASS_WEIGHT):
        text = text.replace(key, parameter)
    return text
