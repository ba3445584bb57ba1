"""The test score with its interval, and the validation score beside it."""

from typing import Any

from pipeline.reporting.findings import Findings, main_of, score_text


def facts(findings: Findings) -> dict[str, Any]:
    main, metrics = main_of(findings), findings.metrics
    low, high = metrics["interval"]
    measured = findings.measured
    return {
        "main": main,
        "score": score_text(main, metrics[f"test/{main}"]),
        "said": _said(findings, main),
        "interval": [score_text(main, low), score_text(main, high)],
        "by": _by(findings),
        "bar": _bar(low, metrics[f"test/{main}"], high, measured),
        "validation": score_text(main, measured),
        "n": metrics["n"],
        "others": _others(findings, main),
        "weighted": findings.weighted,
    }


def _said(findings: Findings, main: str) -> str:
    """What the score is a share or a mean of."""
    if findings.classification:
        return "of the test rows misclassified"
    return "of the labels of the test rows wrong" if findings.card.classes else f"{main} on the test rows"


def _by(findings: Findings) -> str:
    """How the interval was found."""
    if not findings.classification:
        return "bootstrap"
    return f"Wilson, {findings.metrics['effective_rows']:,.0f} effective rows" if findings.weighted else "Wilson"


def _bar(low: float, score: float, high: float, validation: float) -> dict[str, str]:
    """Places on a line from 0 to 100 for the interval, the score and the validation score."""
    top = max(high, validation) * 1.15 or 1.0
    places = {"low": low, "score": score, "width": high - low, "validation": validation}
    return {name: f"{100 * place / top:.2f}" for name, place in places.items()}


def _others(findings: Findings, main: str) -> list[list[str]]:
    """The other test metrics, by name."""
    metrics = {n: v for n, v in findings.metrics.items() if n.startswith("test/") and n != f"test/{main}"}
    shown = {name: score_text(name, v) for name, v in metrics.items() if isinstance(v, float)}
    return sorted([name.removeprefix("test/"), text] for name, text in shown.items())
