"""How each class fared among the test rows: recall, precision and F1."""

from typing import Any

import numpy as np

from pipeline.readable import percent
from pipeline.reporting import evidence, intervals
from pipeline.reporting.findings import Findings

NONE = "–"
MOST = 40  # classes in the table, those of the lowest recall


def facts(findings: Findings) -> dict[str, Any] | None:
    if findings.confusion is None or not findings.classification:
        return None
    rows = [_row(findings, place) for place in range(len(findings.card.classes))]
    shown = sorted(rows, key=lambda row: row["right"] / max(row["rows"], 1))[:MOST] if len(rows) > MOST else rows
    absent = [row["name"] for row in rows if not row["rows"]]
    return {
        "rows": shown,
        "classes": len(rows),
        "most": MOST,
        "absent": absent,
        "intervals": any(row["interval"] for row in shown),
    }


def _row(findings: Findings, place: int) -> dict[str, Any]:
    """Counts of rows, whatever their weights; a share of no rows is none."""
    counts = findings.confusion
    assert counts is not None
    right, rows, found = (int(n) for n in (counts[place, place], counts[place].sum(), counts[:, place].sum()))
    bounds = _recall_interval(right, rows) if rows and _independent(findings) else None
    return {
        "name": findings.card.classes[place],
        "rows": rows,
        "right": right,
        "recall": _share(right, rows),
        "interval": [percent(bound) for bound in bounds] if bounds else None,
        "precision": _share(right, found),
        "f1": _share(2 * right, rows + found),
    }


def _share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else NONE


def _recall_interval(right: int, rows: int) -> tuple[float, float] | None:
    return intervals.interval(evidence.of_share(np.arange(rows) < right))


def _independent(findings: Findings) -> bool:
    """Whether the rows of a class are a count of independent ones, neither weighted nor in groups."""
    return findings.evidence.kind == evidence.COUNT
