"""What the test rows say of the true score: the few numbers that an interval of it needs.

Rows of a group are alike, and the labels of a row are too: what is drawn independently is a unit, a group or a row. The
score is a ratio, Σ w e / Σ w over rows; its units' parts in it are the residuals u = Σ w (e − score), whose sum is 0.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.arithmetic.totals import mean, total

Array = np.ndarray
COUNT, SHARE, MEAN = "count", "share", "mean"
ROW, GROUP = "rows", "groups"
ROUNDING = 1e-9


def effective_rows(weights: Array) -> float:
    """(Σw)² / Σw², the rows of equal weight that would tell as much (Kish 1965)."""
    return float(np.square(total(weights)) / total(np.square(weights)))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A score on test rows, and how much it was measured on.

    kind: COUNT of equal rows that are wrong, another SHARE (weighted, of groups, or of several labels a row), or the
    MEAN of losses; score; units: what was drawn independently, and ``by`` what they are (ROW or GROUP); freedom: what
    the estimate of the spread goes by; of a share, the equal rows that would tell as much lie between ``least`` and
    ``most``, and are ``effective`` by the measured spread; of a mean, its standard error and the losses' skewness.
    """

    kind: str
    score: float
    units: int
    by: str
    freedom: float = 0.0
    least: float = 0.0
    effective: float = 0.0
    most: float = 0.0
    standard_error: float = 0.0
    skewness: float = 0.0

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def of_share(wrong: Array, weights: Array | None = None, groups: Array | None = None, labels: int = 1) -> Evidence:
    """Of the share of wrong rows, or of wrong labels: wrong (rows,) in 0..1, by weights and groups (rows,) if any."""
    units, by = _units(len(wrong), groups)
    if weights is None and by == ROW and labels == 1:
        n = len(wrong)
        return Evidence(kind=COUNT, score=float(mean(wrong)), units=n, by=by, least=n, effective=n, most=n)
    weights = np.ones(len(wrong)) if weights is None else weights
    score, counted, residuals = _parts(wrong, weights, units)
    whole, most = effective_rows(counted[counted > 0]), effective_rows(weights) * labels
    error = _standard_error(score, residuals, counted)
    spread = error * error
    told = score * (1 - score) / spread if spread > 0 and 0 < score < 1 else whole
    least = min(whole, told)
    found: dict[str, float] = {"least": least, "effective": max(told, least), "most": max(most, least)}
    return Evidence(
        kind=SHARE,
        score=score,
        units=len(counted),
        by=by,
        freedom=_freedom(residuals, whole) if spread > 0 else 0,
        **found,
    )


def of_mean(losses: Array, weights: Array | None = None, groups: Array | None = None) -> Evidence:
    """Of the mean of losses (rows,), by weights and groups (rows,) if there are any."""
    units, by = _units(len(losses), groups)
    weights = np.ones(len(losses)) if weights is None else weights
    score, counted, residuals = _parts(losses, weights, units)
    error, apart = _standard_error(score, residuals, counted), residuals - mean(residuals)
    spread = float(np.sqrt(mean(np.square(apart))))
    skewness = float(mean(residuals * residuals * residuals)) / (spread * spread * spread) if error > 0 else 0.0
    freedom = effective_rows(counted[counted > 0]) - 1
    return Evidence(
        kind=MEAN, score=score, units=len(counted), by=by, freedom=freedom, standard_error=error, skewness=skewness
    )


def _units(rows: int, groups: Array | None) -> tuple[Array, str]:
    """The unit of each row, (rows,), from 0 on; and what a unit is."""
    if groups is None:
        return np.arange(rows), ROW
    names, units = np.unique(groups, return_inverse=True)
    return units, ROW if len(names) == rows else GROUP


def _parts(values: Array, weights: Array, units: Array) -> tuple[float, Array, Array]:
    """The weighted mean of values (rows,), and the weight and the residual of each unit, (units,)."""
    score = float(mean(values, weights))
    residuals = np.bincount(units, weights * (values - score))
    return score, np.bincount(units, weights), residuals


def _standard_error(score: float, residuals: Array, counted: Array) -> float:
    """Of a ratio, by linearization: √(k / (k − 1) Σ u²) / Σ w; 0 where only rounding tells the units apart."""
    k = len(residuals)
    found = float(np.sqrt(k / (k - 1) * total(np.square(residuals))) / total(counted)) if k > 1 else 0.0
    return found if found > ROUNDING * score else 0.0


def _freedom(residuals: Array, whole: float) -> float:
    """Degrees of freedom: units of equal size, and of equal parts in the spread (Satterthwaite 1946), less one."""
    squares = np.square(residuals)
    return max(min(whole, effective_rows(squares)) - 1, 1.0)
