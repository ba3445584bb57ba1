"""What may be said of the test score, each sentence where it is true, in the report and on the terminal."""

from typing import Any

from pipeline.data.card import Card
from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.readable import score_text
from pipeline.reporting import intervals
from pipeline.reporting.evidence import COUNT, GROUP, MEAN, Evidence
from pipeline.reporting.findings import Findings
from pipeline.sealing.standing import Standing

Metrics = dict[str, Any]


def about_the_score(findings: Findings) -> list[str]:
    """How its interval is to be read, and how it compares with always answering the same."""
    metrics, standing = findings.metrics, findings.standing
    return [
        *of_interval(findings.evidence),
        *of_looks(metrics, standing),
        of_constant(metrics, standing, findings.card),
    ]


def of_interval(found: Evidence) -> list[str]:
    """By what rule the interval was found, what it takes for granted, and how often it holds."""
    if found.units == 1:
        return [f"One {'group of rows' if found.by == GROUP else 'row'}: no interval."]
    if intervals.interval(found) is None:
        return ["All losses are equal, which doesn't tell how far off the true mean may be: no interval."]
    basis = f"{found.units:,} {found.by}"
    said = [f"Interval: {_rule(found)}. It is of this very model, on rows drawn as these {basis} were."]
    if held := intervals.coverage(found):
        normal, skewed = held
        said.append(
            f"From {basis}, such intervals held the true mean in {normal} % of simulations with normal losses, and in "
            f"{skewed} % with skewed (lognormal) ones."
        )
    return said


def of_looks(metrics: Metrics, standing: Standing) -> list[str]:
    """The interval that holds for all looks at the test rows together, where there were several."""
    bounds = _bounds(metrics, standing) if standing.looks > 1 else None
    if not bounds:
        return []
    low, high = (score_text(metrics["metric"], bound) for bound in bounds)
    return [f"For all {standing.looks} looks at these rows together, the interval is {low} to {high}."]


def of_constant(metrics: Metrics, standing: Standing, card: Card) -> str:
    """How the score stands against always answering the training rows' most frequent class, or their mean."""
    name, always = metrics["metric"], metrics["constant"]
    said = f"Always answering {_answer(metrics['constant_answer'], card)} would score {score_text(name, always)} here"
    if not (bounds := _bounds(metrics, standing)):
        return f"{said}; without an interval, that can't be told from the model's score."
    if bounds[1] < always:
        return f"{said}: the model is better."
    if bounds[0] > always:
        return f"{said}: the model is worse."
    if always <= metrics["evidence"]["score"]:
        return f"{said}, no more than the model: here, it is no better."
    return f"{said}, which is within the interval: by these rows, the model may be no better."


def _bounds(metrics: Metrics, standing: Standing) -> intervals.Bounds | None:
    """For all looks together."""
    return intervals.interval(Evidence(**metrics["evidence"]), standing.confidence)


def _rule(found: Evidence) -> str:
    if found.kind == COUNT:
        return "Clopper and Pearson's, of a count"
    spread = f"by the spread between {found.by}"
    if found.kind == MEAN:
        return f"Student's, and Hall's for skewed losses, {spread}"
    return f"Korn and Graubard's, of a share, {spread}"


def _answer(answer: list[str], card: Card) -> str:
    if card.task == CLASSIFICATION:
        return f"“{answer[0]}”, the training rows' most frequent class,"
    if card.task == REGRESSION:
        return f"the training rows' mean{'s' if len(answer) > 1 else ''}, {', '.join(answer)},"
    labels = ", ".join(f"“{name}”" for name in answer)
    return f"{labels or 'no label'}, as most training rows have it,"
