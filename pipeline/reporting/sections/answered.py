"""How wide answers must be to hold the truth: prediction sets or intervals."""

from typing import Any

from pipeline.reporting import conformal
from pipeline.reporting.findings import Findings, percent


def facts(findings: Findings) -> dict[str, Any] | None:
    """None where they can't be had, or where the model was trained on the validation rows too."""
    found = findings.widths
    if found is None or not findings.held_out:
        return None
    return {"level": f"{100 * conformal.LEVEL:g} %", "rows": found.rows, "sentence": sentence(found)}


def sentence(found: conformal.Widths) -> str:
    if found.half is not None:
        return f"the true value lies within ± {found.half:.4g} of the predicted one."
    assert found.least is not None
    several = sum(found.sizes[2:])
    text = f"the true class is among those with a probability of {percent(found.least)} or more"
    if found.sizes[1:2] == (found.rows,):
        return f"{text}: for each validation row that is one class."
    none = f", for {found.sizes[0]:,} none" if found.sizes[0] else ""
    return f"{text}: for {several:,} of {found.rows:,} validation rows that is more than one class{none}."
