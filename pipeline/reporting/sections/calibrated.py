"""Whether the network is right as often as its probabilities say, on the test rows."""

from typing import Any

from pipeline.readable import percent
from pipeline.reporting import plots
from pipeline.reporting.findings import Findings


def facts(findings: Findings) -> dict[str, Any] | None:
    found = findings.metrics.get("calibration")
    if not found:
        return None
    bins = found["bins"]
    return {
        "bins": bins,
        "rows": sum(one["rows"] for one in bins),
        "least": min(one["rows"] for one in bins),
        "error": percent(found["expected_error"]),
        "sentence": tendency(bins),
    }


def figures(findings: Findings) -> dict[str, str]:
    bins = findings.metrics["calibration"]["bins"]
    return {"reliability": plots.reliability([(one["said"], one["right"], one["rows"]) for one in bins])}


def tendency(bins: list[dict[str, Any]]) -> str:
    """Whether its probabilities are too high or too low over all, beyond what chance would make of these rows.

    The number of right rows has, were every probability true, the variance Σ p (1 − p); two standard deviations are
    taken for more than chance.
    """
    rows = sum(one["rows"] for one in bins)
    excess = sum(one["rows"] * (one["said"] - one["right"]) for one in bins)
    chance = 2 * sum(one["rows"] * one["said"] * (1 - one["said"]) for one in bins) ** 0.5
    gap = f"on average by {percent(abs(excess) / rows)}"
    if excess > chance:
        return f"Its probabilities are too high, {gap}: it is overconfident."
    if excess < -chance:
        return f"Its probabilities are too low, {gap}: it is right more often than it says."
    return "Over all rows, it is right about as often as it says: the difference is no larger than chance makes it."
