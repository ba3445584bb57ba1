"""What choosing among candidates does to a validation score: how many were tried, and what that is worth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reporting.optimism import Optimism, of_best_epoch, optimism
from pipeline.sealing.attempts import Attempt, Tried
from pipeline.trials.folder import History, Trial
from pipeline.trials.kept_errors import unpacked

NONE_KEPT = "no errors of single rows were kept of two candidates at least"
NONE_DIFFER = "the candidates err on the same rows, or on none"
NOT_LEAST = "it was chosen by another rule or metric, and another candidate has a better one"
WEIGHTED = "rows have weights, which the errors that were kept do not show"


@dataclass(frozen=True)
class Choice:
    """metric, score: what the chosen trial was selected by.

    estimate: of the optimism of choosing, or None and ``missing`` says why; of_epochs: that of keeping each trial's
    best epoch, at most, or None; first: the first trial of the chosen one's grid, None if that is the chosen one.
    """

    metric: str
    score: float
    grid: int
    tally: Tried
    estimate: Optimism | None
    missing: str
    of_epochs: float | None
    first: Trial | None

    @property
    def expected(self) -> float | None:
        """What the chosen score would be on other rows, were it not for the choice among candidates."""
        return None if self.estimate is None else self.score + self.estimate.of_choice

    @property
    def gained(self) -> float | None:
        """By how much the chosen trial scores better than the first of its grid."""
        return None if self.first is None else self.first.summary["score"] - self.score


def judge(
    chosen: Trial,
    grid: Sequence[Trial],
    certified: Collection[str],
    tally: Tried,
    *,
    weighted: bool,
    peeked: bool,
    least: bool = True,
) -> Choice:
    """
    Args:
        grid: the trials of the chosen one's grid, in their order; certified: hashes of the settings to choose among.
        weighted: whether scores count the rows by their weights; peeked: whether the rows that score also end trials;
        least: whether none to choose among scores better, which other rules and metrics than the usual don't ask for.
    """
    metric, score = chosen.summary["metric"], chosen.summary["score"]
    pool = _pool(tally.tried, metric, score, certified)
    estimate, missing = _estimate(pool, metric, weighted) if least else (None, NOT_LEAST)
    first = grid[0] if grid and grid[0].finished and grid[0].key != chosen.key else None
    finished = [trial for trial in grid if trial.finished]
    epochs = of_best_epoch([_curve(trial.history(), metric) for trial in finished]) if peeked else None
    return Choice(metric, score, len(certified), tally, estimate, missing, epochs, first)


def _pool(tried: Sequence[Attempt], metric: str, score: float, certified: Collection[str]) -> list[Attempt]:
    """The candidates that the chosen one is the best of: all that were tried, unless others of them score better."""
    better = any(one.metric == metric and one.score is not None and one.score < score for one in tried)
    return [one for one in tried if one.settings in certified] if better else list(tried)


def _estimate(tried: Sequence[Attempt], metric: str, weighted: bool) -> tuple[Optimism | None, str]:
    if weighted:
        return None, WEIGHTED
    kept = [unpacked(one.errors) for one in tried if one.metric == metric]
    known = [errors for errors in kept if errors is not None]
    sizes = [len(errors) for errors in known]
    usual = [errors for errors in known if len(errors) == max(sizes, key=sizes.count)]
    if len(usual) < 2:
        return None, NONE_KEPT
    found = optimism(np.array(usual))
    return found, "" if found else NONE_DIFFER


def _curve(history: History, metric: str) -> list[float]:
    return history.get(metric, [])
