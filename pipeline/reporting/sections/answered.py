"""How wide answers must be to hold the truth: prediction sets or intervals."""

from typing import Any

from pipeline.readable import percent
from pipeline.reporting import conformal
from pipeline.reporting.findings import Findings


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
    none, one, several = found.sizes[0], sum(found.sizes[1:2]), sum(found.sizes[2:])
    text = f"the true class is among those with a probability of {percent(found.least)} or more"
    if one == found.rows:
        return f"{text}: of each validation row that is one class."
    counts = [f"one class for {one:,}", f"several for {several:,}", f"none for {none:,}"]
    told = [words for words, rows in zip(counts, (1, several, none), strict=True) if rows]
    return f"{text}: of {found.rows:,} validation rows {', '.join(told)}."
