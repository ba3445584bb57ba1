"""The summary on the terminal: ``python -m pipeline.reporting.summary``."""

from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.configuration.choosing import BEST
from pipeline.console import run_stage
from pipeline.readable import score_text
from pipeline.reporting import statements
from pipeline.reporting.findings import Findings, columns, read_findings, value
from pipeline.reporting.intervals import in_words, rows_text
from pipeline.reporting.sections import looks
from pipeline.trials.folder import Trial

TOP = 3
WIDTH = 100  # also where the output is no terminal


def leaderboard(findings: Findings) -> Table:
    """The best trials of each sweep, the chosen one marked."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for name in ("  experiment", "trial", "varied"):
        table.add_column(name, no_wrap=True)
    table.add_column(findings.chosen.summary["metric"], justify="right", no_wrap=True)
    for sweep, trials in findings.sweeps.items():
        names = columns(trials)
        for trial in trials[:TOP]:
            mark = trial.key == findings.certificate["chosen"]
            table.add_row(*_cells(findings, sweep, trial, names), style="bold green" if mark else "")
    return table


def _cells(findings: Findings, sweep: str, trial: Trial, names: list[str]) -> list[str]:
    changed = ", ".join(f"{name.rpartition('.')[2]}={value(trial, name)}" for name in names)
    summary = trial.summary
    score = score_text(summary["metric"], summary["score"]) if trial.finished else trial.status
    mark = "* " if trial.key == findings.certificate["chosen"] else "  "
    return [escape(text) for text in (mark + sweep, trial.key[:8], changed, score)]


def sentences(findings: Findings) -> list[str]:
    """What was found, one fact per line."""
    metrics, paper = findings.metrics, findings.certificate
    name = metrics["metric"]
    chosen = score_text(paper["metric"], findings.selected_by)
    return [
        *(f"EDITED       {edit}" for edit in findings.edits),
        f"selected     {paper['experiment']}/{paper['chosen']}: {paper['metric']} {chosen}, {place(paper)}",
        f"{name:<12} {score_text(name, metrics[name])} on {rows_text(metrics['n'])} ({_interval(findings)})",
        *(f"mind         {sentence}" for sentence in statements.about_the_score(findings)),
        *(f"looks        {sentence.text}" for sentence in looks.sentences(findings.standing)),
        *_optimism(findings),
        f"certificate  {paper['model_sha256'][:12]}",
        "look next    reports/report.html, and `python -m pipeline.tracking.ui` for every run in MLflow",
    ]


def place(paper: dict[str, Any]) -> str:
    """What the chosen one is among the candidates, by the rule."""
    count = len(paper["candidates"])
    if count == 1:
        return "the only candidate"
    best = paper["selection"]["rule"] == BEST
    return f"the {'best' if best else 'simplest within one standard error of the best'} of {count} candidates"


def _interval(findings: Findings) -> str:
    name = findings.metrics["metric"]
    return in_words(findings.metrics["interval"], lambda bound: score_text(name, bound))


def _optimism(findings: Findings) -> list[str]:
    choice = findings.choice
    tried, lines = choice.tally.number, []
    if tried > choice.grid:
        lines = [f"mind         {tried} different candidates were scored on these validation rows, not {choice.grid}"]
    if choice.estimate is not None:
        by, expected = (score_text(choice.metric, one) for one in (choice.estimate.of_choice, choice.expected))
        lines.append(f"mind         the best of many flatters: about {by} here, {expected} would be expected elsewhere")
    return lines


def main() -> None:
    findings = read_findings()
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, WIDTH)
    console.print(leaderboard(findings))
    for sentence in sentences(findings):
        console.print(sentence, markup=False)


if __name__ == "__main__":
    run_stage(main)
