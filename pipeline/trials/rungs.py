"""What a trial came to in its first epochs, by its history, however much further it was trained."""

from collections.abc import Sequence
from typing import Any

from pipeline.trials.folder import PAUSED, History


def first_epochs(key: str, history: History, until: int, metric: str) -> dict[str, Any] | None:
    """The summary of a trial that has trained for ``until`` epochs and is not done; None without so many."""
    if len(history.get("epoch", ())) < until or metric not in history:
        return None
    best = best_epoch(history[metric][:until])
    metrics = {name: values[best - 1] for name, values in history.items() if name != "epoch"}
    return {
        "key": key,
        "status": PAUSED,
        "reason": "",
        "score": metrics[metric],
        "metric": metric,
        "best_epoch": best,
        "epochs": until,
        "stopped_by": "",
        "metrics": metrics,
        "parameters": None,
    }


def best_epoch(scores: Sequence[float]) -> int:
    """The epoch, from 1, whose weights a training keeps: the first of the least; NaN is never better."""
    best = 0
    for place, score in enumerate(scores):
        if score < scores[best]:
            best = place
    return best + 1
