"""What each training row counts for: its own weight, times its class's (fitted on the training rows of each trial)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.arithmetic.totals import mean, total
from pipeline.feed.rows import Rows
from pipeline.limits import NotAllowed, named, setting

Array = np.ndarray
# (y (rows,), row weights (rows,), the weights that were given by class index) -> factors by class index.
WEIGHTING: dict[str, Callable[[Array, Array, Mapping[int, float]], Array]] = {}
YES, NO = ("True", ("true", "yes", "on")), ("False", ("false", "no", "off"))  # what YAML reads as true and false


@dataclass(frozen=True)
class Weighting:
    """How much the classes count in training; scores are measured without it.

    name: ``none``, ``balanced`` (each class as much as any other) or ``given``; classes: the weight of a class, by its
    name; 1 for those that are not named.
    """

    name: str = setting("none", choices=WEIGHTING)
    classes: dict[str, float] = field(default_factory=dict, hash=False, metadata={"least": 0})


@named(WEIGHTING)
def none(y: Array, weights: Array, given: Mapping[int, float]) -> Array:
    """Every row as much as its own weight says."""
    return np.ones(int(y.max()) + 1)


@named(WEIGHTING)
def balanced(y: Array, weights: Array, given: Mapping[int, float]) -> Array:
    """N / (C N_c), N the sum of the weights, N_c that of class c, C the number of classes that are there."""
    counts = np.bincount(y, weights)
    there = counts > 0
    return np.where(there, total(weights) / (there.sum() * np.where(there, counts, 1)), 1.0)


@named(WEIGHTING)
def given(y: Array, weights: Array, given: Mapping[int, float]) -> Array:
    """The weights that a person chose."""
    return np.array([given.get(index, 1.0) for index in range(int(y.max()) + 1)])


def weighed(rows: Rows, how: Weighting, classes: tuple[str, ...]) -> tuple[Rows, Array | None]:
    """The rows that count, and what each counts for in E, (rows,) of mean 1; None where all count the same.

    Rows of weight 0 are left out: they count for nothing, neither in E nor in what is fitted to the rows.

    Raises:
        ValueError: no row has a weight above 0.
    """
    if rows.importance is None and how.name == "none":
        return rows, None
    weights = np.ones(len(rows)) if rows.importance is None else rows.importance.astype(np.float64)
    if how.name != "none":
        by_index = {index: how.classes[name] for index, name in enumerate(classes) if name in how.classes}
        weights = weights * WEIGHTING[how.name](rows.y, weights, by_index)[rows.y]
    used = np.flatnonzero(weights > 0)
    if not len(used):
        raise ValueError("no training row has a weight above 0")
    if len(used) < len(rows):
        rows, weights = rows.take(used), weights[used]
    return rows, weights / mean(weights)


def settled(how: Weighting, classes: tuple[str, ...]) -> Weighting:
    """The weighting with the classes by their own names, for YAML reads ``yes`` as true.

    Args:
        classes: the labels that there are; empty where the target is no single label.

    Raises:
        NotAllowed: it can't be used for these classes.
    """
    if how.name != "none" and not classes:
        raise NotAllowed("weighting.name", f"={how.name} needs one label in each row: use none, or a column of weights")
    if how.name != "given" and how.classes:
        raise NotAllowed("weighting.classes", f" has no effect with weighting.name={how.name}: use weighting=given")
    if how.name == "given" and not how.classes:
        example = f"weighting.classes={{{classes[0]}: 5}}"
        raise NotAllowed("weighting.classes", f" is empty: name the weight of at least one class, as {example}")
    return Weighting(how.name, {_own_name(name, classes): weight for name, weight in how.classes.items()})


def _own_name(name: str, classes: tuple[str, ...]) -> str:
    spellings = next((words for read, words in (YES, NO) if name == read), ())
    found = [label for label in classes if label == name] or [
        label for label in classes if label.casefold() in spellings
    ]
    if len(found) != 1:
        listed = ", ".join(classes[:20]) + (f", … ({len(classes)} in all)" if len(classes) > 20 else "")
        raise NotAllowed(
            "weighting.classes", f" names {name!r}, which is no class (put names in quotes); there are: {listed}"
        )
    return found[0]
