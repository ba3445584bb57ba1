"""The HTML report: one self-contained file, equal bytes for equal findings."""

from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from pipeline.reporting import looks, plots
from pipeline.reporting.findings import Findings, columns, score_text, value
from pipeline.trials.folder import Trial, flatten

MOST_INFLUENTIAL = 20  # columns in the figure


@dataclass(frozen=True)
class Section:
    """One sweep as the template shows it."""

    name: str
    columns: list[str]
    rows: list[dict[str, Any]]
    failed: list[dict[str, str]]
    curves: str
    scores: str


def render(findings: Findings) -> str:
    """The report as HTML text. It loads nothing from outside and runs no script."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.reporting", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(_context(findings))


def _context(findings: Findings) -> dict[str, Any]:
    chosen, paper = findings.chosen, findings.certificate
    main = findings.metrics["metric"].removeprefix("test/")
    low, high = findings.metrics["interval"]
    metrics = chosen.summary["metrics"]
    measured = metrics.get(f"validation/decided_{main}", metrics[f"validation/{main}"])
    return {
        "f": findings,
        "chosen": chosen,
        "paper": paper,
        "main": main,
        "score": score_text(main, findings.metrics[f"test/{main}"]),
        "interval": [score_text(main, low), score_text(main, high)],
        "bar": _bar(low, findings.metrics[f"test/{main}"], high, measured),
        "validation": score_text(main, measured),
        "selected_by": score_text(paper["metric"], chosen.summary["score"]),
        "size": _size(chosen),
        "others": _others(findings, main),
        "settings": flatten(chosen.settings),
        "curves": _chosen_curves(chosen, main),
        "sections": [_section(findings, name, trials) for name, trials in findings.sweeps.items()],
        "looks": looks.sentences(findings.standing),
        "said": _said(findings, main),
        "by": _by(findings),
        "decision": _decision(findings),
        "influence": _influence(findings),
        "confusion": _confusion(findings),
        "mistakes": _mistakes(findings),
        "parts": _parts(findings),
        "count": sum(map(len, findings.sweeps.values())),
        "experiments": len({trial.experiment for trials in findings.sweeps.values() for trial in trials}),
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
    return {name: f"{100 * place / top:.2f}" for name, place in places.items()} | {"top": f"{top:.6g}"}


def _others(findings: Findings, main: str) -> list[tuple[str, str]]:
    """The other test metrics, by name."""
    metrics = {n: v for n, v in findings.metrics.items() if n.startswith("test/") and n != f"test/{main}"}
    shown = {name: score_text(name, v) for name, v in metrics.items() if isinstance(v, float)}
    return sorted((name.removeprefix("test/"), text) for name, text in shown.items() if name != "test_sha256")


def _size(trial: Trial) -> str:
    """How large the model is: its weights, and its networks if there are several."""
    networks = trial.settings.get("ensemble", {}).get("members", 1)
    weights = f"with {trial.summary['parameters']:,} weights"
    return f"an ensemble of {networks} networks {weights}" if networks > 1 else weights


def _chosen_curves(trial: Trial, main: str) -> Markup:
    return Markup(plots.learning_curves(trial.history(), trial.summary["best_epoch"], ["loss", main]))


def _section(findings: Findings, name: str, trials: list[Trial]) -> Section:
    names = columns(trials)
    finished = [trial for trial in trials if trial.finished]
    return Section(
        name,
        names,
        [_row(findings, trial, names) for trial in finished],
        [_failed(trial) for trial in trials if trial not in finished],
        _curves(findings, finished, names) if finished else Markup(""),
        _scores(findings, finished, names) if finished and names else Markup(""),
    )


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


def _curves(findings: Findings, trials: list[Trial], names: list[str]) -> Markup:
    chosen = findings.certificate["chosen"]
    labels = [_label(trial, names) for trial in trials]
    curves = {text: (trial.history(), trial.key == chosen) for text, trial in zip(labels, trials, strict=True)}
    return Markup(plots.sweep_curves(curves, findings.certificate["metric"]))


def _scores(findings: Findings, trials: list[Trial], names: list[str]) -> Markup:
    settings = {name.rpartition(".")[2]: [value(trial, name) for trial in trials] for name in names[:4]}
    keys = [trial.key for trial in trials]
    chosen = keys.index(findings.certificate["chosen"]) if findings.certificate["chosen"] in keys else -1
    scores = [trial.summary["score"] for trial in trials]
    return Markup(plots.scores_by_setting(settings, scores, findings.certificate["metric"], chosen))


def _parts(findings: Findings) -> dict[str, Any]:
    """One line for each of several targets or labels, as a table: its caption, names of columns, and texts."""
    several = findings.metrics.get("labels") or findings.metrics.get("targets") or {}
    names = list(next(iter(several.values()), {}))
    lines = [[name, *(score_text(metric, facts[metric]) for metric in names)] for name, facts in several.items()]
    if findings.confusion is None or findings.classification:
        return {"names": ["target", *names], "lines": lines}
    counts = ["true 1, found 1", "true 0, found 1", "true 1, found 0", "true 0, found 0"]
    cells = [[f"{rows:,}" for rows in (t[1, 1], t[0, 1], t[1, 0], t[0, 0])] for t in findings.confusion]
    joined = [[*line, *rows] for line, rows in zip(lines, cells, strict=True)]
    return {"names": ["label", *names, *counts], "lines": joined}


def _decision(findings: Findings) -> str:
    """Which threshold the selected model has, as a sentence; empty for none."""
    wish = findings.chosen.settings.get("decision", {})
    origin = (
        f"chosen on validation rows for {wish.get('metric')}" if wish.get("name") == "chosen" else "as it was given"
    )
    said = [f"{name} from {least:.4g} on" for name, least in findings.metrics.get("threshold", {}).items()]
    return f"Decision threshold: a row is said to be {said[0]}, {origin}." if said else ""


def _influence(findings: Findings) -> Markup:
    if not findings.influences:
        return Markup("")
    shown = findings.influences[:MOST_INFLUENTIAL]
    bars = {one.column: (one.increase, one.spread) for one in shown}
    return Markup(plots.influences(bars, shown[0].metric))


def _confusion(findings: Findings) -> Markup:
    if findings.confusion is None or not findings.classification:
        return Markup("")
    return Markup(plots.confusion(findings.confusion, findings.card.classes))


def _mistakes(findings: Findings) -> list[dict[str, Any]]:
    """The five most frequent mistakes."""
    if findings.confusion is None or not findings.classification:
        return []
    names, counts = findings.card.classes, findings.confusion
    size = range(len(names))
    pairs = [(int(counts[i, j]), names[i], names[j]) for i in size for j in size if i != j and counts[i, j]]
    largest = sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:5]
    return [{"rows": rows, "true": true, "predicted": predicted} for rows, true, predicted in largest]
