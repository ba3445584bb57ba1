"""Raw columns of any kind as a longer row of numbers: a few simple steps side by side, each of plain arrays."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pipeline.feed.cycles import Cycles
from pipeline.feed.gaps import Gaps
from pipeline.feed.levels import Levels
from pipeline.feed.ramps import Ramps
from pipeline.feed.scaling import Numbers, Scores
from pipeline.feed.schema import Schema

Array = np.ndarray
WHOLE = ("columns", "starts", "slots", "of", "slot")  # fields that hold whole numbers
PREFIX = "input"


class Expansion(NamedTuple):
    """Steps that each write some inputs, in this order; a step that has nothing to do has a width of 0."""

    numbers: Numbers
    scores: Scores
    ramps: Ramps
    cycles: Cycles
    levels: Levels
    gaps: Gaps

    @property
    def width(self) -> int:
        """Number of inputs."""
        return sum(step.width for step in self)

    def apply(self, X: Array) -> Array:
        """Raw rows X (rows, features) as (rows, width), float64; finite whatever the rows hold."""
        X = np.asarray(X, np.float64)
        out, start = np.empty((len(X), self.width)), 0
        with np.errstate(over="ignore", invalid="ignore"):
            for step in self:
                if step.width:
                    step.apply(X, out[:, start : start + step.width])
                    start += step.width
        return out

    def names(self, schema: Schema) -> list[str]:
        """A readable name for each input."""
        return [name for step in self for name in step.names(schema)]

    def to_arrays(self) -> dict[str, Array]:
        """Plain arrays by name: ``input_numbers_center`` and so on."""
        return {
            f"{PREFIX}_{name}_{field}": array
            for name, step in self._asdict().items()
            for field, array in step._asdict().items()
        }


STEPS: dict[str, Any] = Expansion.__annotations__


def from_arrays(arrays: Mapping[str, Array], schema: Schema) -> Expansion:
    """What ``to_arrays`` gave.

    Raises:
        KeyError: an array is missing.
        ValueError: names the array that has a shape, or holds values, that can't be.
    """
    return Expansion(*(_step(name, kind, arrays, schema) for name, kind in STEPS.items()))


def _step(name: str, kind: Any, arrays: Mapping[str, Array], schema: Schema) -> Any:
    step = kind(*(_checked(f"{PREFIX}_{name}_{field}", arrays, field) for field in kind._fields))
    for field, shape in _shapes(step).items():
        found = getattr(step, field).shape
        if found != shape:
            raise ValueError(f"{PREFIX}_{name}_{field} has shape {found}, expected {shape}")
    outside = (step.columns < 0) | (step.columns >= len(schema.features))
    faults = {"columns": bool(outside.any())}
    faults |= {} if faults["columns"] else step.faults(schema)
    for field, wrong in faults.items():
        if wrong:
            raise ValueError(f"{PREFIX}_{name}_{field} holds values that no {name} have")
    return step


def _checked(name: str, arrays: Mapping[str, Array], field: str) -> Array:
    array = arrays[name]
    if array.dtype != (np.int64 if field in WHOLE else np.float64) or not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite numbers")
    return array


def _shapes(step: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each field, by the number of columns, or of inputs."""
    lengths: dict[str, tuple[int, ...]] = dict.fromkeys(step._fields, (step.columns.size,))
    if isinstance(step, Levels):
        lengths |= dict.fromkeys(("of", "slot", "fill"), (step.of.size,)) | {"slots": (step.slots.size,)}
    if isinstance(step, Scores):
        lengths |= {"knots": (step.columns.size, step.shares.size), "shares": (step.shares.size,)}
    return lengths
