"""From which output on a row is said to be of the rarer of two classes, and which threshold is best on given rows."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pipeline.arithmetic.totals import total
from pipeline.limits import setting

Array = np.ndarray
NONE, GIVEN, CHOSEN = "none", "given", "chosen"
F1, BALANCED, COST = "f1", "balanced_accuracy", "cost"


@dataclass(frozen=True)
class Decision:
    """How outputs become one of two classes: ``none`` is the largest, ``given`` a threshold, ``chosen`` the best one.

    metric: of the rarer class, what the chosen threshold makes largest, or cost, which it makes smallest;
    cost: of a row of the rarer class that is missed, where a false alarm costs 1.
    """

    name: str = setting(NONE, choices=(NONE, GIVEN, CHOSEN))
    metric: str = setting(BALANCED, choices=(F1, BALANCED, COST), only={"name": (CHOSEN,)})
    cost: float = setting(1.0, above=0, only={"name": (CHOSEN,), "metric": (COST,)})
    threshold: float = setting(0.5, least=0, most=1, only={"name": (GIVEN,)})


class Threshold(NamedTuple):
    """A row is of class ``place`` (0 or 1) where that output is at least ``least``, else of the other one."""

    place: int
    least: float

    def decide(self, outputs: Array) -> Array:
        """Class indices (rows,) for outputs (rows, 2)."""
        found: Array = np.where(outputs[:, self.place] >= self.least, self.place, 1 - self.place)
        return found


def rarer(y: Array) -> int:
    """The class, 0 or 1, of fewer rows; 1 of equally many."""
    return int(np.count_nonzero(y) <= len(y) / 2)


def best_threshold(scores: Array, positive: Array, decision: Decision, weights: Array | None = None) -> float:
    """The threshold on ``scores`` (rows,) that is best for the rows that are ``positive`` (rows,), of both kinds.

    It lies halfway between two scores; of equally good ones the nearest to ½ is taken, then the lowest.
    """
    order = np.argsort(-scores, kind="stable")
    w = (np.ones(len(scores)) if weights is None else weights.astype(np.float64))[order]
    caught, alarms = np.cumsum(w * positive[order]), np.cumsum(w * ~positive[order])
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # last of equal scores
    cuts = np.append(np.nextafter(scores.max(), np.inf, dtype=scores.dtype), _cuts(scores[order], ends))
    worth = _worth(np.append(0.0, caught[ends]), np.append(0.0, alarms[ends]), caught[-1], alarms[-1], decision)
    best = np.flatnonzero(worth >= worth.max() - 1e-12)
    return float(min(cuts[best], key=lambda cut: (abs(float(cut) - 0.5), float(cut))))


def _cuts(scores: Array, ends: Array) -> Array:
    """For scores that fall, a threshold in the gap after each of ``ends``, of the same type; the lowest at the last."""
    upper = scores[ends]
    middle = ((upper[:-1].astype(np.float64) + upper[1:]) / 2).astype(scores.dtype)
    return np.append(np.where(middle > upper[1:], middle, upper[:-1]), upper[-1])


def _worth(caught: Array, alarms: Array, positives: float, negatives: float, decision: Decision) -> Array:
    """The metric, larger is better, by the weight of rows caught and of false alarms."""
    missed = positives - caught
    if decision.metric == F1:
        found: Array = 2 * caught / (2 * caught + alarms + missed)
        return found
    if decision.metric == BALANCED:
        return np.asarray((caught / positives + 1 - alarms / negatives) / 2)
    return np.asarray(-(decision.cost * missed + alarms) / (positives + negatives))


def rates(positive: Array, found: Array, weights: Array | None = None) -> dict[str, Any]:
    """f1, recall and precision of the positive rows, and balanced_accuracy; 0 where there is nothing to divide by."""
    w = np.ones(len(found)) if weights is None else weights

    def share(part: Array, whole: Array) -> float:
        return float(total(w[part & whole]) / total(w[whole])) if w[whole].any() else 0.0

    recall, precision = share(found, positive), share(positive, found)
    return {
        "f1": 2 * recall * precision / (recall + precision) if recall + precision else 0.0,
        "balanced_accuracy": (recall + share(~found, ~positive)) / 2,
        "recall": recall,
        "precision": precision,
    }
