"""From targets as they stand in a file to class indices or real values. Labels are text: none goes through float()."""

import math
import re
from collections.abc import Sequence

import numpy as np

from pipeline.data.checks import row_from_zero
from pipeline.data.dataset import Place
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION, REGRESSION

MAX_CLASSES = 100
ROWS_PER_CLASS = 5
DIGITS = 400  # more than any float64 is written with
WHOLE = re.compile(rf"0|-?[1-9][0-9]{{0,{DIGITS}}}")  # the one way to write a whole number


def encode(
    target: np.ndarray, task: str | None, name: str, column: str, place: Place = row_from_zero
) -> tuple[str, np.ndarray, tuple[str, ...]]:
    """The task, y (rows,) and the class names, in the order of ``ordered``.

    ``task`` None: text and bools are classes; numbers with a fraction are a regression target; whole numbers are
    classes when there are at most MAX_CLASSES different ones with ROWS_PER_CLASS rows each on average. A stated task is
    obeyed: fractions can be classes, and numbers that are written as text can be amounts.

    Args:
        target: (rows,) numbers, bools, or text as it is written; 01 and 1, or 1E2 and 100, are different classes.
    """
    values = _numbers(target)
    task = task or _guess(target, values)
    if task == REGRESSION:
        return task, _real(target, values, name, column, place), ()
    return task, *_classes(target)


def ordered(names: Sequence[str]) -> list[str]:
    """Labels by value, if all are whole numbers as they are commonly written (no 01, no +1), else by their text."""
    return sorted(names, key=int if all(map(WHOLE.fullmatch, names)) else str)


def _classes(target: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    # as objects: an array of texts has the width of the longest in every row
    found, codes = np.unique(target if target.dtype.kind in "biuf" else _stripped(target), return_inverse=True)
    texts = _as_written(found)
    names = ordered(texts)
    places = {text: index for index, text in enumerate(names)}
    return np.array([places[text] for text in texts], np.int64)[codes], tuple(names)


def _stripped(target: np.ndarray) -> np.ndarray:
    return np.array([str(value).strip() for value in target], object)


def _as_written(values: np.ndarray) -> list[str]:
    """Different values as text; floats that are all whole numbers as these, for some programs make floats of them."""
    if values.dtype.kind == "f" and _whole(values):
        return [str(int(value)) for value in values]
    return [str(value) for value in values]


def _numbers(target: np.ndarray) -> np.ndarray | None:
    """The target as numbers (rows,), or None when it holds other text."""
    if target.dtype.kind in "biuf":
        return target
    values = [_number(value) for value in target]
    return None if None in values else np.array(values, np.float64)


def _guess(target: np.ndarray, values: np.ndarray | None) -> str:
    if values is None:
        return REGRESSION if _mostly_fractions(target) else CLASSIFICATION
    if values.dtype.kind == "b":
        return CLASSIFICATION
    if not _whole(values):
        return REGRESSION
    distinct = len(np.unique(target if target.dtype.kind in "biuf" else _stripped(target)))
    few = distinct <= MAX_CLASSES and distinct * ROWS_PER_CLASS <= len(values)
    return CLASSIFICATION if few or distinct == 1 else REGRESSION


def _whole(values: np.ndarray) -> bool:
    return values.dtype.kind in "biu" or bool((values == np.floor(values)).all())


def _number(value: object) -> float | None:
    text = str(value)
    try:
        # float would quote the whole text in its refusal, which is slow for a long one, and takes 1_0 for 10
        number = float(text) if len(text) <= DIGITS and "_" not in text else math.nan
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
