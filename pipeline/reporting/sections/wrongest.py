"""The validation rows that the selected model gets most wrong."""

from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings


def facts(findings: Findings) -> dict[str, Any] | None:
    if not findings.wrong:
        return None
    rows = [_row(row) for row in findings.wrong]
    names = [name for name, _ in findings.wrong[0].values]
    more = len(findings.card.features) - len(names) if names else 0
    return {"rows": rows, "names": names, "more": more, "held_out": findings.held_out, "sure": bool(rows[0]["said"])}


def _row(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("origin", "true", "found", "said")} | {
        "values": [text for _, text in row.values]
    }


def figures(findings: Findings) -> dict[str, list[str]]:
    shape = findings.card.image_shape
    if not shape:
        return {}
    titles = [f"{row.true} → {row.found} {row.said}".strip() for row in findings.wrong]
    return {"images": plots.images([row.X for row in findings.wrong], shape, titles)}
