"""The test score with its interval, and the validation score beside it."""

from typing import Any

from pipeline.readable import score_text
from pipeline.reporting import statements
from pipeline.reporting.findings import Findings, main_of


def facts(findings: Findings) -> dict[str, Any]:
    main, metrics = main_of(findings), findings.metrics
    bounds, measured = metrics["interval"], findings.measured
    return {
        "main": main,
        "score": score_text(main, metrics[f"test/{main}"]),
        "said": _said(findings, main),
        "interval": bounds and [score_text(main, bound) for bound in bounds],
        "bar": _bar(metrics[f"test/{main}"], bounds, measured, metrics["constant"]),
        "validation": score_text(main, measured),
        "constant": score_text(main, metrics["constant"]),
        "answer": ", ".join(metrics["constant_answer"]) or "no label",
        "n": metrics["n"],
        "sentences": statements.about_the_score(findings),
        "others": _others(findings, main),
        "weighted": findings.weighted,
    }


def _said(findings: Findings, main: str) -> str:
    """What the score is a share or a mean of."""
    if findings.classification:
        return "of the test rows misclassified"
    return "of the labels of the test rows wrong" if findings.card.classes else f"{main} on the test rows"


def _bar(score: float, bounds: list[float] | None, validation: float, constant: float) -> dict[str, str]:
    """Places on a line from 0 to 100 for the interval, the score, the validation score and the constant answer's."""
    low, high = bounds or (score, score)
    largest = max(high, validation)
    largest = constant if largest < constant <= 3 * largest else largest
    places = {"low": low, "score": score, "width": high - low, "validation": validation}
    places |= {"constant": constant} if constant <= largest else {}
    return {name: f"{100 * place / (largest * 1.1 or 1.0):.2f}" for name, place in places.items()}


def _others(findings: Findings, main: str) -> list[list[str]]:
    """The other test metrics, by name."""
    metrics = {n: v for n, v in findings.metrics.items() if n.startswith("test/") and n != f"test/{main}"}
    shown = {name: score_text(name, v) for name, v in metrics.items() if isinstance(v, float)}
    return sorted([name.removeprefix("test/"), text] for name, text in shown.items())
