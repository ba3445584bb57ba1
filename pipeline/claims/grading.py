"""From the parts of a claim, each of which held over the seeds or didn't, to the judgment."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pipeline.claims.claim import Judgment, graded
from pipeline.claims.judging import smaller


def by_parts(held: Mapping[str, bool], essential: Iterable[str], numbers: str) -> Judgment:
    """Confirmed if all parts hold, within limits if the essential ones do; the numbers name those that don't."""
    failed = [name for name, holds in held.items() if not holds]
    said = f"{numbers} Not held: {'; '.join(failed)}." if failed else numbers
    return graded(not failed, all(held[name] for name in essential), said)


def exceeds(ones: Sequence[float], others: Sequence[float], factor: float, level: float) -> bool:
    """Whether ``ones`` are larger by the factor (median ratio over the seeds), at that level of Wilcoxon's test."""
    return median_ratio(ones, others) >= factor and smaller(others, ones) <= level


def median(values: Sequence[float]) -> float:
    """The median over the seeds."""
    return float(np.median(values))


def median_ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """Median over the seeds of ones/others; where the other is 0 a ratio is infinite."""
    return float(np.median([one / other if other else np.inf for one, other in zip(ones, others, strict=True)]))
