"""What a contestant is judged by: error or RMSE, and log loss."""

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray
LEAST = 1e-7  # probability, about float32's own resolution: one sure mistake must not decide a mean alone


def measured(y: Array, answer: Array, classifies: bool, found: Array | None = None) -> dict[str, float]:
    """``score`` (share of wrong classes, or RMSE: lower is better) and, of classes, ``log_loss``.

    y: (rows,) class indices or real targets; answer: (rows, classes) probabilities, or (rows,) values; found: (rows,)
    the classes decided for, the likeliest by default.
    """
    if not np.isfinite(answer).all():
        raise ValueError(f"{int((~np.isfinite(answer)).sum())} of {answer.size} predicted numbers are not finite")
    if not classifies:
        return {"score": float(np.sqrt(np.mean(np.square(answer.astype(np.float64) - y))))}
    own = answer[np.arange(len(y)), y].astype(np.float64)
    wrong = np.mean((answer.argmax(axis=1) if found is None else found) != y)
    return {"score": float(wrong), "log_loss": float(-np.mean(np.log(np.clip(own, LEAST, 1.0))))}


NAMES = {"score": "validation", "log_loss": "validation_log_loss"}  # of the validation part, in results


def of_validation(found: dict[str, float]) -> dict[str, float]:
    """``measured`` of the validation part, by the names that results have for it."""
    return {NAMES[name]: value for name, value in found.items()}


def by_validation(found: Mapping[str, Any]) -> dict[str, Any]:
    """The other way round: a result's validation scores in the place of those of the test."""
    return {name: found[NAMES[name]] for name in NAMES if NAMES[name] in found}
