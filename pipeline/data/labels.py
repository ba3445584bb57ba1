"""From targets as they stand in a file to class indices or real values."""

import math

import numpy as np

from pipeline.data.checks import row_from_zero
from pipeline.data.dataset import Place
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION, REGRESSION

MAX_CLASSES = 100
ROWS_PER_CLASS = 5
DIGITS = 400  # more than any float64 is written with


def encode(
    target: np.ndarray, task: str | None, name: str, column: str, place: Place = row_from_zero
) -> tuple[str, np.ndarray, tuple[str, ...]]:
    """The task, y (rows,) and the class names.

    ``task`` None: text and bools are classes; numbers with a fraction are a regression target; whole numbers are
    classes when there are at most MAX_CLASSES different ones with ROWS_PER_CLASS rows each on average.
    """
    values = _numbers(target)
    task = task or _guess(target, values)
    if task == REGRESSION:
        return task, _real(target, values, name, column, place), ()
    return task, *_classes(target, values, name, column)


def _numbers(target: np.ndarray) -> np.ndarray | None:
    """The target as numbers (rows,), or None when it holds text."""
    if target.dtype.kind in "biuf":
        return target
    try:
        values = np.array([float(value) for value in target])
    except (TypeError, ValueError):
        return None
    return values if np.isfinite(values).all() else None


def _guess(target: np.ndarray, values: np.ndarray | None) -> str:
    if values is None:
        return REGRESSION if _mostly_fractions(target) else CLASSIFICATION
    if values.dtype.kind == "b":
        return CLASSIFICATION
    if not _whole(values):
        return REGRESSION
    distinct = len(np.unique(values))
    few = distinct <= MAX_CLASSES and distinct * ROWS_PER_CLASS <= len(values)
    return CLASSIFICATION if few or distinct == 1 else REGRESSION


def _whole(values: np.ndarray) -> bool:
    return values.dtype.kind in "biu" or bool((values == np.floor(values)).all())


def _number(value: object) -> float | None:
    text = str(value)
    try:
        # float would quote the whole text in its refusal, which is slow for a long one
        number = float(text) if len(text) <= DIGITS else math.nan
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _mostly_fractions(target: np.ndarray) -> bool:
    """Whether text is a column of amounts with a slip in it: nine of ten are numbers, one at least with a fraction."""
    numbers = [number for number in map(_number, target) if number is not None]
    return len(numbers) * 10 >= 9 * len(target) and any(number % 1 for number in numbers)


def _real(target: np.ndarray, values: np.ndarray | None, name: str, column: str, place: Place) -> np.ndarray:
    if values is None:
        row = next(row for row, value in enumerate(target) if _number(value) is None)
        raise HoldoutError(
            f"{name}: {place(row)}, target {column}: found {str(target[row])!r}, but regression needs numbers; "
            "mend it, or set data.task: classification"
        )
    return values.astype(np.float64)


def _classes(
    target: np.ndarray, values: np.ndarray | None, name: str, column: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    if values is None:
        # as objects: an array of texts has the width of the longest in every row
        found, y = np.unique(np.array([str(value).strip() for value in target], object), return_inverse=True)
        return y.astype(np.int64), tuple(map(str, found))
    if not _whole(values):
        raise HoldoutError(
            f"{name}: target {column} holds fractions, but classes are text or whole numbers; set data.task: regression"
        )
    numbers, y = np.unique(values, return_inverse=True)
    as_text = str if numbers.dtype.kind == "b" else lambda number: str(int(number))
    return y.astype(np.int64), tuple(as_text(number) for number in numbers)
