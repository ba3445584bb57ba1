"""All trials of the experiments, sweep by sweep."""

from collections.abc import Callable
from typing import Any

from pipeline.reporting import plots
from pipeline.reporting.findings import Findings, columns, score_text, value
from pipeline.trials.folder import Trial

MOST = 6  # settings in a figure


def facts(findings: Findings) -> dict[str, Any]:
    sweeps = [_sweep(findings, name, trials) for name, trials in findings.sweeps.items()]
    return {"metric": findings.chosen.summary["metric"], "sweeps": sweeps}


def figures(findings: Findings) -> dict[str, str]:
    """The curves and scores of each sweep, as ``NAME/curves`` and ``NAME/scores``."""
    found = {}
    for sweep, trials in findings.sweeps.items():
        names, finished = columns(trials), [trial for trial in trials if trial.finished]
        if finished:
            found[f"{sweep}/curves"] = _curves(findings, finished, names)
        if finished and names:
            several = len(names) > 1 and len(finished) > 2
            found[f"{sweep}/scores"] = _scores(
                findings, finished, names, plots.parallel if several else plots.scores_by_setting
            )
    return found


def _sweep(findings: Findings, name: str, trials: list[Trial]) -> dict[str, Any]:
    names = columns(trials)
    finished = [trial for trial in trials if trial.finished]
    return {
        "name": name,
        "columns": names,
        "rows": [_row(findings, trial, names) for trial in finished],
        "failed": [_failed(trial) for trial in trials if trial not in finished],
    }


def _row(findings: Findings, trial: Trial, names: list[str]) -> dict[str, Any]:
    summary = trial.summary
    return {
        "key": trial.key,
        "chosen": trial.key == findings.certificate["chosen"],
        "values": [value(trial, name) for name in names],
        "score": score_text(summary["metric"], summary["score"]),
        "epochs": f"{summary['best_epoch']} of {summary['epochs']}",
        "parameters": f"{summary['parameters']:,}",
    }


def _failed(trial: Trial) -> dict[str, str]:
    return {"key": trial.key, "status": trial.status, "reason": trial.summary["reason"]}


def _label(trial: Trial, names: list[str]) -> str:
    return ", ".join(f"{name.rpartition('.')[2]} {value(trial, name)}" for name in names) or trial.key[:8]


def _curves(findings: Findings, trials: list[Trial], names: list[str]) -> str:
    chosen = findings.certificate["chosen"]
    labels = [_label(trial, names) for trial in trials]
    curves = {text: (trial.history(), trial.key == chosen) for text, trial in zip(labels, trials, strict=True)}
    return plots.sweep_curves(curves, findings.chosen.summary["metric"])


def _scores(findings: Findings, trials: list[Trial], names: list[str], draw: Callable[..., str]) -> str:
    """The scores by the settings varied, drawn from each setting to the next where there are several."""
    settings = {name.rpartition(".")[2]: [value(trial, name) for trial in trials] for name in names[:MOST]}
    keys = [trial.key for trial in trials]
    chosen = keys.index(findings.certificate["chosen"]) if findings.certificate["chosen"] in keys else -1
    scores = [trial.summary["score"] for trial in trials]
    return draw(settings, scores, findings.chosen.summary["metric"], chosen)
