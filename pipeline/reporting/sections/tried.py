"""All trials of the experiments, sweep by sweep."""

from collections.abc import Mapping
from typing import Any

from pipeline.readable import score_text
from pipeline.reporting import sweep_plots
from pipeline.reporting.findings import Findings, columns, value
from pipeline.trials.folder import PRUNED, Trial

MOST = 6  # settings in a figure


def facts(findings: Findings) -> dict[str, Any]:
    sweeps = [_sweep(findings, name, trials) for name, trials in findings.sweeps.items()]
    return {"metric": findings.chosen.summary["metric"], "sweeps": sweeps}


def figures(findings: Findings) -> dict[str, list[str]]:
    """The curves and scores of each sweep that has a trial with a score."""
    found = {name: [trial for trial in trials if _scored(trial)] for name, trials in findings.sweeps.items()}
    return {name: drawings(trials, columns(trials), findings.certificate) for name, trials in found.items() if trials}


def drawings(trials: list[Trial], names: list[str], paper: Mapping[str, Any]) -> list[str]:
    """Curves by epoch, and scores by the settings ``names``; the trial that the certificate names stands out."""
    settings = {name.rpartition(".")[2]: [value(trial, name) for trial in trials] for name in names[:MOST]}
    keys = [trial.key for trial in trials]
    chosen = keys.index(paper["chosen"]) if paper.get("chosen") in keys else -1
    metric = trials[0].summary["metric"]
    curves = sweep_plots.curves(settings, [trial.history() for trial in trials], metric, chosen)
    scores = [trial.summary["score"] for trial in trials]
    if len(settings) > 1 and len(trials) > 2:
        return [curves, sweep_plots.parallel(settings, scores, metric, chosen)]
    return [curves, *sweep_plots.by_setting(settings, scores, metric, chosen)]


def _sweep(findings: Findings, name: str, trials: list[Trial]) -> dict[str, Any]:
    names = columns(trials)
    return {
        "name": name,
        "columns": names,
        "rows": [_row(findings, trial, names) for trial in trials if _scored(trial)],
        "pruned": [trial.status for trial in trials].count(PRUNED),
        "failed": [_failed(trial) for trial in trials if not _scored(trial)],
    }


def _scored(trial: Trial) -> bool:
    return trial.finished or trial.status == PRUNED


def _row(findings: Findings, trial: Trial, names: list[str]) -> dict[str, Any]:
    summary = trial.summary
    return {
        "key": trial.key,
        "chosen": trial.key == findings.certificate["chosen"],
        "values": [value(trial, name) for name in names],
        "score": score_text(summary["metric"], summary["score"]),
        "epochs": f"{summary['best_epoch']} of {summary['epochs']}{'' if trial.finished else f', {trial.status}'}",
        "parameters": f"{summary['parameters']:,}" if trial.finished else "–",
    }


def _failed(trial: Trial) -> dict[str, str]:
    return {"key": trial.key, "status": trial.status, "reason": trial.summary["reason"]}
