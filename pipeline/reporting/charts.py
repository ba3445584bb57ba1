"""The tables of `dvc plots show`, each beside its Vega-Lite template: reports/charts, an out of the report stage.

dvc.yaml names one plot for each, with the columns of its axes.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.console import say
from pipeline.reporting.findings import Findings, columns, is_chosen, ranked, value
from pipeline.storage import atomic
from pipeline.storage.places import REPORTS
from pipeline.trials.folder import Trial

CHARTS = REPORTS / "charts"
TEMPLATE = ".vega.json"
TEMPLATES = Path(__file__).with_name("vega")
TOP = 5  # trials with curves
PARTS = ("validation", "train")
NEXT = (  # what `dvc repro` ends with, before the report's own line
    "look next  python -m pipeline.reporting.summary: the score in a few lines",
    "           python -m pipeline.tracking.ui: every run in MLflow; dvc plots show: curves",
    "           python -m pipeline.trials list: all trials; ... plot KEY KEY: two beside each other",
)
FIELDS: dict[str, tuple[str, ...]] = {
    "curves": ("trial", "part", "epoch", "score"),
    "leaderboard": ("rank", "trial", "selected", "score", "weights"),
    "calibration": ("rows", "probability", "right"),
    "confusion": ("label", "true", "predicted", "rows"),
}


def write_charts(findings: Findings, folder: Path = CHARTS) -> None:
    """All tables and templates, whole or not at all; says where to look next, for the pipeline ends with these."""
    tables = {"curves": _curves, "leaderboard": _leaderboard, "calibration": _calibration, "confusion": _confusion}
    with atomic.replacing(folder) as temporary:
        temporary.mkdir(exist_ok=True)
        for name, rows in tables.items():
            template = (TEMPLATES / f"{name}{TEMPLATE}").read_text(encoding="utf-8")
            (temporary / f"{name}{TEMPLATE}").write_text(template, encoding="utf-8")
            (temporary / f"{name}.csv").write_text(_table(FIELDS[name], rows(findings)), encoding="utf-8")
    for line in NEXT:
        say(line)


def _table(names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([names, *rows])
    return stream.getvalue()


def _curves(findings: Findings) -> Iterator[tuple[Any, ...]]:
    """Of the selected trial and of the next ones: what training was scored by, on validation and on training rows."""
    names = _names(findings)
    metric = findings.chosen.summary["metric"].removeprefix("validation/")
    for trial, _ in ranked(findings)[:TOP]:
        history = trial.history()
        for part in PARTS:
            for epoch, score in zip(history["epoch"], history.get(f"{part}/{metric}", ()), strict=False):
                yield names[trial.folder], part, int(epoch), f"{score:.6g}"


def _leaderboard(findings: Findings) -> Iterator[tuple[Any, ...]]:
    names = _names(findings)
    for place, (trial, score) in enumerate(ranked(findings), 1):
        selected = "yes" if is_chosen(trial, findings.certificate) else "no"
        yield place, names[trial.folder], selected, f"{score:.6g}", trial.summary["parameters"]


def _names(findings: Findings) -> Mapping[Path, str]:
    """What people call each candidate: its place, its sweep, and what that varies."""
    varied = {name: columns(trials) for name, trials in findings.sweeps.items()}
    places = enumerate(ranked(findings), 1)
    return {trial.folder: _name(place, trial, varied[trial.sweep]) for place, (trial, _) in places}


def _name(place: int, trial: Trial, varied: list[str]) -> str:
    settings = ", ".join(f"{name.rpartition('.')[2]} {value(trial, name)}" for name in varied)
    return f"{place}. {trial.sweep}: {settings or trial.key[:8]}"


def _calibration(findings: Findings) -> Iterator[tuple[Any, ...]]:
    found = findings.metrics.get("calibration") or {"bins": []}
    yield from ((one["rows"], one["said"], one["right"]) for one in found["bins"])


def _confusion(findings: Findings) -> Iterator[tuple[Any, ...]]:
    """Test rows by true and predicted class; by label, and 0 and 1, where a row may have several."""
    if findings.confusion is None:
        return
    classes, several = findings.card.classes, findings.confusion.ndim == 3
    tables = zip(classes, findings.confusion, strict=True) if several else [("", findings.confusion)]
    names = ("0", "1") if several else classes
    for label, table in tables:
        for (i, j), rows in np.ndenumerate(table):
            yield label, names[i], names[j], int(rows)
