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

    epochs: the most that are trained; updates: of the weights, the most that are made: where ``epochs`` would make
    more, they, patience and the schedule shrink alike (hyperparameters.within_updates); patience: epochs without a
    better score, of the validation rows or, without them, the training loss (§5: "a little more, to be confident");
    tolerance: how much better than the best before it a score must be for patience to begin anew; gradient_norm: stop
    once ‖∇E′‖ is below it (§3); error_change: stop once |E_t − E_{t−1}| is below it, E the average squared error of
    the training rows, 1/(2N) Σ‖d − y‖², in the units of the outputs (§3); loss_change: stop once
    |E_t − E_{t−1}| / E_{t−1} is below it, E the training loss; seconds: a budget of time, with which no two runs need
    be equal.
    """

    epochs: int = setting(60, least=1)
    patience: int = setting(8, least=0)
    tolerance: float = setting(0.0, least=0)
    gradient_norm: float = setting(0.0, least=0)
    error_change: float = setting(0.0, least=0)
    loss_change: float = setting(0.0, least=0)
    seconds: float = setting(0.0, least=0)
    updates: int = setting(0, least=0)


# Of the record of an epoch: E of the notes, where the loss is another one; else the loss is E.
SQUARED, LOSS, GRADIENT = "train/squared_error", "train/loss", "train/gradient_norm"
KEPT = ("best_score", "best_epoch", "_epoch", "_counted", "_gradient_norm", "_loss", "_error")


class Progress:
    """Follows the scores of a training: lower is better, a tie is no improvement, NaN is never better.

    Attributes:
        scores: one per epoch so far; best_score, best_epoch: the best of them.
    """

    def __init__(self, limits: Stopping, clock: Callable[[], float] = time.monotonic) -> None:
        self.scores: list[float] = []
        self.best_score, self.best_epoch = math.inf, 0
        self._limits, self._clock, self._began = limits, clock, clock()
        self._epoch, self._counted, self._gradient_norm = 0, 0, math.inf
        self._loss = self._error = (math.nan, math.nan)  # before the last epoch, and after it

    def observe(self, epoch: int, score: float, record: Mapping[str, float]) -> bool:
        """Take what was measured after ``epoch``; True if its score is the best so far."""
        self.scores.append(score)
        self._epoch, self._gradient_norm = epoch, record.get(GRADIENT, math.inf)
        self._loss = (self._loss[1], record[LOSS])
        self._error = (self._error[1], record.get(SQUARED, record[LOSS]))
        better = score < self.best_score or self.best_epoch == 0
        if better and not score > self.best_score - self._limits.tolerance:
            self._counted = epoch
        if better:
            self.best_score, self.best_epoch = score, epoch
        return better

    def verdict(self) -> str | None:
        """The first that holds of patience, gradient, rate_of_change, …, time and epochs; None to go on."""
        limits = self._limits
        holds = {
            "patience": 0 < limits.patience <= self._epoch - self._counted,
            "gradient": self._gradient_norm < limits.gradient_norm,
            "rate_of_change": abs(self._error[1] - self._error[0]) < limits.error_change,
            "loss_change": _relative(*self._loss) < limits.loss_change,
            "time": 0 < limits.seconds <= self._clock() - self._began,
            "epochs": self._epoch >= limits.epochs,
        }
        return next((name for name, true in holds.items() if true), None)

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


def _relative(before: float, after: float) -> float:
    """|after − before| / |before|."""
    if before == 0:
        return 0.0 if after == 0 else math.inf
    return abs(after - before) / abs(before)
