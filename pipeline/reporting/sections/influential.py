"""Which columns of a table the selected model goes by."""

from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings

MOST = 20  # columns in the figure


def facts(findings: Findings) -> dict[str, Any] | None:
    found = findings.influences
    if not found:
        return None
    return {
        "shuffled_rows": found[0].rows,
        "rows": findings.certificate["validation_rows"],
        "repeats": found[0].repeats,
        "columns": len(found),
        "most": MOST,
        "held_out": findings.held_out,
    }


def figures(findings: Findings) -> dict[str, str]:
    shown = findings.influences[:MOST]
    return {"influence": plots.influences({one.column: (one.increase, one.spread) for one in shown}, shown[0].metric)}
