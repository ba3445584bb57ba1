"""Rules that end training (notes §3, §5): each looks at what was measured, and says in a word why it stopped."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.limits import setting


@dataclass(frozen=True)
class Stopping:
    """When to stop; 0 turns a rule off.

    epochs: the most that are trained; patience: epochs without a better validation score (§5: "a little more, to be
    confident"); gradient_norm: stop once ‖∇E′‖ is below it (§3); error_change: stop once |E_t − E_{t−1}| / E_{t−1},
    E the training loss, is below it (§3); seconds: a budget of time, with which no two runs need be equal.
    """

    epochs: int = setting(60, least=1)
    patience: int = setting(8, least=0)
    gradient_norm: float = setting(0.0, least=0)
    error_change: float = setting(0.0, least=0)
    seconds: float = setting(0.0, least=0)


KEPT = ("best_score", "best_epoch", "_epoch", "_gradient_norm", "_loss", "_loss_before")


class Progress:
    """Follows the scores of a training: lower is better, a tie is no improvement, NaN is never better.

    Attributes:
        scores: one per epoch so far; best_score, best_epoch: the best of them.
    """

    def __init__(self, limits: Stopping, clock: Callable[[], float] = time.monotonic) -> None:
        self.scores: list[float] = []
        self.best_score, self.best_epoch = math.inf, 0
        self._limits, self._clock, self._began = limits, clock, clock()
        self._epoch, self._gradient_norm = 0, math.inf
        self._loss = self._loss_before = math.nan

    def observe(self, epoch: int, score: float, loss: float, gradient_norm: float | None = None) -> bool:
        """Take what was measured after ``epoch``; True if its score is the best so far."""
        self.scores.append(score)
        self._epoch, self._loss_before, self._loss = epoch, self._loss, loss
        self._gradient_norm = math.inf if gradient_norm is None else gradient_norm
        if score < self.best_score or self.best_epoch == 0:
            self.best_score, self.best_epoch = score, epoch
            return True
        return False

    def verdict(self) -> str | None:
        """The first that holds of patience, gradient, rate_of_change, time and epochs; None to go on."""
        limits = self._limits
        holds = {
            "patience": 0 < limits.patience <= self._epoch - self.best_epoch,
            "gradient": self._gradient_norm < limits.gradient_norm,
            "rate_of_change": self._change() < limits.error_change,
            "time": 0 < limits.seconds <= self._clock() - self._began,
            "epochs": self._epoch >= limits.epochs,
        }
        return next((name for name, true in holds.items() if true), None)

    def _change(self) -> float:
        if self._loss_before == 0:
            return 0.0 if self._loss == 0 else math.inf
        return abs(self._loss - self._loss_before) / abs(self._loss_before)

    def save(self) -> dict[str, Any]:
        """All that later verdicts depend on, as plain values."""
        kept = {name: getattr(self, name) for name in KEPT}
        return {"scores": self.scores, "stopping": kept | {"elapsed": self._clock() - self._began}}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on from what ``save`` gave."""
        self.scores = list(saved["scores"])
        for name in KEPT:
            setattr(self, name, saved["stopping"][name])
        self._began = self._clock() - saved["stopping"]["elapsed"]
