"""Which classes the test rows were taken for."""

from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings

MOST = 5  # pairs of classes in the table


def facts(findings: Findings) -> dict[str, Any] | None:
    if findings.confusion is None or not findings.classification:
        return None
    return {"mistakes": _mistakes(findings)}


def figures(findings: Findings) -> dict[str, str]:
    if findings.confusion is None:
        return {}
    return {"confusion": plots.confusion(findings.confusion, findings.card.classes)}


def _mistakes(findings: Findings) -> list[dict[str, Any]]:
    """The most frequent mistakes."""
    names, counts = findings.card.classes, findings.confusion
    assert counts is not None
    size = range(len(names))
    pairs = [(int(counts[i, j]), names[i], names[j]) for i in size for j in size if i != j and counts[i, j]]
    largest = sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:MOST]
    return [{"rows": rows, "true": true, "predicted": predicted} for rows, true, predicted in largest]
