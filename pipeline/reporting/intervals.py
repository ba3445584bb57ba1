"""Intervals of a test score, which hold at small numbers of rows too; docs/report.md says how they were compared."""

import math
from collections.abc import Callable, Sequence

from scipy import special

from pipeline.reporting.evidence import COUNT, MEAN, Evidence

CONFIDENCE = 0.95
ENOUGH = 100  # units from which the interval of a mean holds by simulation, skewed losses or not
# Units → how often, in 100, the interval of a mean held the true one in simulations (`make coverage`): normal losses;
# lognormal ones (σ = 1, skewness 6.2).
COVERAGE = {2: (97, 84), 3: (97, 89), 5: (97, 90), 10: (96, 92), 30: (95, 94), 100: (95, 95)}

Bounds = tuple[float, float]


def interval(evidence: Evidence, confidence: float = CONFIDENCE) -> Bounds | None:
    """Where the true score lies with this confidence; None where the rows can't say: one unit, or losses all equal.

    With k looks at the test rows, 1 − 0.05 / k holds for all of them together with 95 % (Bonferroni).
    """
    if evidence.units < 2:
        return None
    if evidence.kind == MEAN and not evidence.standard_error > 0:
        return None
    if evidence.kind == MEAN:
        low, high = _of_mean(evidence, confidence)
    else:
        low, high = _of_share(evidence.score, _told(evidence, confidence), confidence)
    return _rounded(low), _rounded(high)


def _rounded(bound: float) -> float:
    """To 12 digits: the quantiles behind it are SciPy's, whose last ones may differ from build to build."""
    return float(f"{bound:.12g}")


def in_words(bounds: Sequence[float] | None, write: Callable[[float], str]) -> str:
    """The interval as the stages and the summary say it."""
    return f"95 % interval {write(bounds[0])} to {write(bounds[1])}" if bounds else "no interval"


def rows_text(rows: int) -> str:
    return f"{rows:,} row{'s' if rows != 1 else ''}"


def coverage(evidence: Evidence) -> tuple[int, int] | None:
    """Times in 100 that such an interval holds for normal and for skewed losses; None where it holds anyway."""
    if evidence.kind != MEAN or not 2 <= evidence.units < ENOUGH:
        return None
    return COVERAGE[max(units for units in COVERAGE if units <= evidence.units)]


def _told(evidence: Evidence, confidence: float) -> float:
    """The equal rows that would tell as much, after Korn and Graubard (1998).

    What the measured spread says of few units is itself uncertain, and so corrected by Student's t.
    """
    if evidence.kind == COUNT or not evidence.freedom:
        return evidence.least
    few, many = (special.stdtrit(df, (1 + confidence) / 2) for df in (evidence.freedom, max(evidence.most - 1, 1)))
    return min(max(evidence.effective * float(many / few) ** 2, evidence.least), evidence.most)


def _of_share(share: float, rows: float, confidence: float) -> Bounds:
    """Clopper and Pearson (1934): at every true share, at least ``confidence`` of such intervals hold it."""
    tail, wrong = (1 - confidence) / 2, share * rows
    low = special.betaincinv(wrong, rows - wrong + 1, tail) if share > 0 else 0.0
    high = special.betainccinv(wrong + 1, rows - wrong, tail) if share < 1 else 1.0
    return float(low), float(high)


def _of_mean(evidence: Evidence, confidence: float) -> Bounds:
    """Student's interval and Hall's (1992), which corrects it for skewness, in one; losses are never below 0."""
    t = float(special.stdtrit(evidence.freedom, (1 + confidence) / 2))
    score, error = evidence.score, evidence.standard_error
    places = [-t, t, *(_straightened(side, evidence.skewness, evidence.units) for side in (-t, t))]
    return max(score - max(places) * error, 0.0), score - min(places) * error


def _straightened(t: float, skewness: float, units: int) -> float:
    """Where the t of skewed losses is, when its cubic transformation is at t: 3√n/γ (∛(1 + γ (t − γ/6√n)/√n) − 1).

    γ is the unbiased skewness, which three units or more have.
    """
    if units < 3:
        return t
    root = math.sqrt(units)
    bent = skewness * math.sqrt(units * (units - 1)) / (units - 2) / root
    if abs(bent) < 1e-6:
        return t
    inner = 1 + bent * (t - bent / 6)
    return float(3 / bent * (abs(inner) ** (1 / 3) * (1 if inner > 0 else -1) - 1))
