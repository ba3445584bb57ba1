"""Where a training goes on from an earlier one, and what may not change on the way."""

import dataclasses
from typing import Any

from pipeline.training.hyperparameters import Hyperparameters

LASTING = ("network", "preprocessing", "ensemble")  # sections that a network can't change while it goes on


def check_lasting(now: Hyperparameters, before: Hyperparameters) -> None:
    """Hold the settings of a network that goes on against those that it was trained by.

    Raises:
        ValueError: names the first that would make another network.
    """
    for section in LASTING:
        for field in dataclasses.fields(getattr(now, section)):
            new, old = (getattr(getattr(settings, section), field.name) for settings in (now, before))
            if new != old:
                name = section if field.name == "name" else field.name
                raise ValueError(
                    f"{name}={new} can't go on with a network that was trained with {name}={old}: set it back, or "
                    "fit anew with warm_start=False"
                )


def same_rule(now: Hyperparameters, before: Hyperparameters) -> bool:
    """Whether moments, scales and means go on; another rule begins with its own."""
    return _rule(now) == _rule(before)


def _rule(settings: Hyperparameters) -> tuple[Any, ...]:
    """What decides which numbers a training keeps beside the weights."""
    return settings.optimizer.name, settings.optimizer.input_scale > 0, settings.averaging.name
