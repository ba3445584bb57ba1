"""One line for each of several targets or labels."""

from typing import Any

from pipeline.readable import score_text
from pipeline.reporting.findings import Findings

COUNTS = ("true 1, found 1", "true 0, found 1", "true 1, found 0", "true 0, found 0")


def facts(findings: Findings) -> dict[str, Any] | None:
    several = findings.metrics.get("labels") or findings.metrics.get("targets") or {}
    if not several:
        return None
    names = list(next(iter(several.values())))
    order = findings.card.classes or findings.card.targets  # the file that holds the scores has them by the alphabet
    lines = [[name, *(score_text(metric, several[name][metric]) for metric in names)] for name in order]
    if findings.confusion is None or findings.classification:
        return {"kind": "target", "names": names, "lines": lines}
    cells = [[f"{rows:,}" for rows in (t[1, 1], t[0, 1], t[1, 0], t[0, 0])] for t in findings.confusion]
    joined = [[*line, *rows] for line, rows in zip(lines, cells, strict=True)]
    return {"kind": "label", "names": [*names, *COUNTS], "lines": joined}
