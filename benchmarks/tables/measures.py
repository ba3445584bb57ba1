"""What a contestant is judged by: error or RMSE, and log loss."""

import numpy as np

Array = np.ndarray
LEAST = 1e-7  # probability, about float32's own resolution: one sure mistake must not decide a mean alone


def measured(y: Array, answer: Array, classifies: bool) -> dict[str, float]:
    """``score`` (share of wrong classes, or RMSE: lower is better) and, of classes, ``log_loss``.

    y: (rows,) class indices or real targets; answer: (rows, classes) probabilities, or (rows,) values.
    """
    if not np.isfinite(answer).all():
        raise ValueError(f"{int((~np.isfinite(answer)).sum())} of {answer.size} predicted numbers are not finite")
    if not classifies:
        return {"score": float(np.sqrt(np.mean(np.square(answer.astype(np.float64) - y))))}
    own = answer[np.arange(len(y)), y].astype(np.float64)
    wrong = float(np.mean(answer.argmax(axis=1) != y))
    return {"score": wrong, "log_loss": float(-np.mean(np.log(np.clip(own, LEAST, 1.0))))}
