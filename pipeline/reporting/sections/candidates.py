"""How many candidates were ever tried on the validation rows, and by how much the best of them flatters."""

from typing import Any

from pipeline.readable import score_text
from pipeline.reporting.findings import Findings, value

PASSING = True  # trials that are tried later count as well


def facts(findings: Findings) -> dict[str, Any]:
    choice, tally = findings.choice, findings.choice.tally
    estimate = choice.estimate
    found = {
        "metric": choice.metric,
        "score": score_text(choice.metric, choice.score),
        "grid": choice.grid,
        "tried": max(choice.grid, tally.number),
        **{name: getattr(tally, name) for name in ("failed", "teaching", "elsewhere")},
        "missing": choice.missing,
        "optimism": None,
        "of_epochs": _text(choice.metric, choice.of_epochs),
        "first": None,
    }
    if estimate is not None:
        found["optimism"] = {
            "by": _text(choice.metric, estimate.of_choice),
            "expected": _text(choice.metric, choice.expected),
            "correlation": f"{estimate.correlation:.2f}",
            "candidates": estimate.candidates,
            "rows": estimate.rows,
        }
    if choice.first is not None and choice.gained is not None:
        found["first"] = {
            "key": choice.first.key,
            "settings": _differing(findings),
            "score": _text(choice.metric, choice.first.summary["score"]),
            "gained": _text(choice.metric, abs(choice.gained)),
            "better": choice.gained > 0,
            "by_chance": estimate is not None and choice.gained <= estimate.of_choice,
        }
    return found


def _text(metric: str, score: float | None) -> str | None:
    return None if score is None else score_text(metric, score)


def _differing(findings: Findings) -> str:
    """The settings of the first trial in which the chosen one differs."""
    from pipeline.trials.results import varied

    first, chosen = findings.choice.first, findings.chosen
    assert first is not None
    names = varied([first.settings, chosen.settings])
    return ", ".join(f"{name} {value(first, name)} instead of {value(chosen, name)}" for name in names)
