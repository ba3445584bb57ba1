"""Parameters resolved to settings, once for as long as they stay the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.estimators.parameters import hyperparameters
from pipeline.feed.augmentation import Augmentation
from pipeline.feed.schema import Schema
from pipeline.nn.schedules import Schedule
from pipeline.training.hyperparameters import Hyperparameters

SIMPLE = (bool, int, float, str, type(None), np.generic, Schedule, Augmentation)
UNSETTLED = ("callbacks", "random_state")  # parameters that are no part of the settings
MOST = 200  # rows of the batch that is called auto


class Settled:
    """What was resolved last, and for which parameters; one that was changed in place is another."""

    def __init__(self) -> None:
        self._key: Any = None
        self._found: Hyperparameters | None = None

    def settings(
        self, given: Mapping[str, Any], epochs: int, rows: int, dtype: np.dtype, schema: Schema, before: int
    ) -> Hyperparameters:
        """See parameters.hyperparameters."""
        values = frozen(given)
        key = values, type(epochs), epochs, min(rows, MOST), dtype, schema, before
        if self._found is None or values is None or key != self._key:
            self._key = None
            self._found = hyperparameters(given, epochs, rows, dtype, schema, before)
            self._key = key
        return self._found


def frozen(given: Mapping[str, Any]) -> Any:
    """Parameters that can be compared and don't change; None where there are some of which that isn't known."""
    try:
        return tuple((name, _frozen(value)) for name, value in given.items() if name not in UNSETTLED)
    except TypeError:
        return None


def _frozen(value: Any) -> Any:
    """A value with its type, for True is not 1."""
    if isinstance(value, SIMPLE):
        return type(value), value
    if isinstance(value, Mapping):
        return dict, tuple((_frozen(name), _frozen(item)) for name, item in value.items())
    if isinstance(value, list | tuple | np.ndarray):
        return type(value), tuple(map(_frozen, value))
    raise TypeError(f"{type(value).__name__} may change")
