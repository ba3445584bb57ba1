"""Simple rules beside the selected network, on the validation rows."""

from collections.abc import Sequence
from typing import Any

from pipeline.auditing.rules import CONSTANT
from pipeline.readable import score_text
from pipeline.reporting.findings import Findings
from pipeline.storage.audits import read_baselines

MINUS = "\N{MINUS SIGN}"
LEAST = 0.0001  # p that is shown


def facts(findings: Findings) -> dict[str, Any]:
    return in_short(read_baselines())


def in_short(found: dict[str, Any]) -> dict[str, Any]:
    """Lines of a table, and a sentence on whether the network is worth having."""
    metric = found["metric"]
    lines = [_line(metric, rule) for rule in found["rules"]]
    usual = next(rule for rule in found["rules"] if rule["kind"] == CONSTANT)
    pair = usual["paired"]
    return {
        "metric": metric,
        "told": f"{found['rows']:,} validation row{'s' if found['rows'] != 1 else ''}",
        "network": score_text(metric, found["network"]),
        "lines": [line for line in lines if not line["skipped"]],
        "skipped": [line for line in lines if line["skipped"]],
        "note": found["note"],
        "useless": pair is not None and pair["difference"] >= 0,
        "unsure": pair is not None and pair["difference"] < 0 and not pair["sure"],
        "usual": usual["name"],
        "usual_score": score_text(metric, usual["score"]),
        "better": [rule["name"] for rule in found["rules"] if _beats(rule)],
        "accepted": [one for one in found["findings"] if one["accepted"]],
    }


def _beats(rule: dict[str, Any]) -> bool:
    """Whether a rule is better than the network by more than chance."""
    pair = rule["paired"]
    return bool(rule["kind"] != CONSTANT and pair is not None and pair["sure"] and pair["difference"] > 0)


def _line(metric: str, rule: dict[str, Any]) -> dict[str, str]:
    pair = rule["paired"]
    chance = ""
    if pair is not None:
        chance = _p(pair["p"]) if pair["p"] is not None else _interval(metric, pair["interval"])
    return {
        "name": rule["name"],
        "skipped": rule["skipped"],
        "score": score_text(metric, rule["score"]),
        "difference": "" if pair is None else _difference(metric, pair["difference"]),
        "chance": chance,
    }


def _difference(metric: str, value: float) -> str:
    """With its sign, of scores as people read them."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{score_text(metric, abs(value))}"


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= LEAST else f"p < {LEAST}"


def _interval(metric: str, bounds: Sequence[float]) -> str:
    return " to ".join(_difference(metric, bound) for bound in bounds)
