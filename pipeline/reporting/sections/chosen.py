"""Which trial was selected, by what, and with which settings."""

from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings, main_of, score_text
from pipeline.trials.folder import Trial


def facts(findings: Findings) -> dict[str, Any]:
    chosen, paper = findings.chosen, findings.certificate
    return {
        "candidates": len(paper["candidates"]),
        "experiment": chosen.experiment,
        "key": chosen.key,
        "rows": findings.scored_rows,
        "rule": paper["rule"],
        "metric": paper["metric"],
        "score": score_text(paper["metric"], findings.selected_by),
        **{name: chosen.summary[name] for name in ("best_epoch", "epochs", "stopped_by")},
        "size": _size(chosen),
        "decision": _decision(findings),
    }


def figures(findings: Findings) -> dict[str, list[str]]:
    trial, names = findings.chosen, ["loss", main_of(findings)]
    return {"curves": plots.learning_curves(trial.history(), trial.summary["best_epoch"], names)}


def _size(trial: Trial) -> str:
    """How large the model is: its weights, and its networks if there are several."""
    networks = trial.settings.get("ensemble", {}).get("members", 1)
    weights = f"with {trial.summary['parameters']:,} weights"
    return f"an ensemble of {networks} networks {weights}" if networks > 1 else weights


def _decision(findings: Findings) -> str:
    """Which threshold the selected model has, as a sentence; empty for none."""
    wish = findings.chosen.settings.get("decision", {})
    origin = (
        f"chosen on validation rows for {wish.get('metric')}" if wish.get("name") == "chosen" else "as it was given"
    )
    said = [f"{name} from {least:.4g} on" for name, least in findings.metrics.get("threshold", {}).items()]
    return f"Decision threshold: a row is said to be {said[0]}, {origin}." if said else ""
