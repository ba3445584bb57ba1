"""Rules that end training (notes §3, §5): each looks at what was measured, and says in a word why it stopped."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """When to stop; 0 turns a rule off.

    epochs: the most that are trained; patience: epochs without a better validation score (§5: "a little more, to be
    confident"); gradient_norm: stop once ‖∇E′‖ is below it (§3); error_change: stop once |E_t − E_{t−1}| / E_{t−1},
    E the training loss, is below it (§3); seconds: a budget of time, with which no two runs need be equal.
    """

    epochs: int
    patience: int = 0
    gradient_norm: float = 0.0
    error_change: float = 0.0
    seconds: float = 0.0


KEPT = ("best_score", "best_epoch", "_epoch", "_gradient_norm", "_loss", "_loss_before")


class Stopping:
    """Follows the scores of a training: lower is better, a tie is no improvement, NaN is never better."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.best_score, self.best_epoch = math.inf, 0
        self._limits, self._clock, self._began = limits, clock, clock()
        self._epoch, self._gradient_norm = 0, math.inf
        self._loss = self._loss_before = math.nan

    def observe(self, epoch: int, score: float, loss: float, gradient_norm: float | None = None) -> bool:
        """Take what was measured after ``epoch``; True if its score is the best so far."""
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

    def to_dict(self) -> dict[str, Any]:
        """All that later verdicts depend on, as plain values."""
        return {name: getattr(self, name) for name in KEPT} | {"elapsed": self._clock() - self._began}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a ``to_dict``."""
        for name in KEPT:
            setattr(self, name, state[name])
        self._began = self._clock() - state["elapsed"]
