"""What `dvc plots show` shows: each plot of dvc.yaml has its table, its columns and its template."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from pipeline.reporting import charts
from tests.reporting import published

PLOTS = [next(iter(entry.items())) for entry in yaml.safe_load((published.ROOT / "dvc.yaml").read_text())["plots"]]


def read(name: str, folder: Path) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(("title", "plot"), PLOTS)
def test_dvc_yaml_names_columns_and_template_of_each_chart(title: str, plot: dict[str, Any]) -> None:
    ((path, column),) = plot["y"].items()
    name = Path(path).stem
    assert Path(path).parent == Path(plot["template"]).parent == charts.CHARTS
    assert {plot["x"], column} <= set(charts.FIELDS[name])
    template = charts.TEMPLATES / Path(plot["template"]).name
    assert json.loads(template.read_text())["data"]["values"] == "<DVC_METRIC_DATA>"


def findings(folder: Path, **more: Any) -> Any:
    """Two candidates, the first one selected."""
    history = {"epoch": [1.0, 2.0], "train/error": [0.4, 0.3], "validation/error": [0.5, 0.25]}
    trials = [
        SimpleNamespace(
            **{"experiment": "alpha", "key": key, "sweep": "alpha", "folder": folder / key, "finished": True},
            summary={"key": key, "score": score, "parameters": 26, "metric": "validation/error"},
            settings={"optimizer": {"learning_rate": score}},
            history=lambda: history,
        )
        for key, score in (("a1", 0.25), ("a2", 0.5))
    ]
    facts: dict[str, Any] = {"sweeps": {"alpha": trials}, "metrics": {"calibration": None}, "confusion": None}
    candidates = [{"experiment": "alpha", "key": key, "score": score} for key, score in (("a1", 0.25), ("a2", 0.5))]
    facts["certificate"] = {"experiment": "alpha", "chosen": "a1", "candidates": candidates}
    facts["chosen"] = trials[0]
    return SimpleNamespace(**{**facts, "card": SimpleNamespace(classes=("a", "b, or B")), **more})


def test_curves_and_leaderboard_name_trials_by_place_and_settings(tmp_path: Path) -> None:
    charts.write_charts(findings(tmp_path), tmp_path / "charts")
    board = read("leaderboard", tmp_path / "charts")
    assert [(row["trial"], row["selected"]) for row in board] == [
        ("1. alpha: learning_rate 0.25", "yes"),
        ("2. alpha: learning_rate 0.5", "no"),
    ]
    curves = read("curves", tmp_path / "charts")
    assert {row["part"] for row in curves} == set(charts.PARTS)
    assert curves[0] == {"trial": "1. alpha: learning_rate 0.25", "part": "validation", "epoch": "1", "score": "0.5"}


@pytest.mark.parametrize(
    ("counts", "lines"),
    [
        (None, 0),
        (np.array([[3, 1], [0, 2]]), 4),
        (np.ones((2, 2, 2), int), 8),
    ],
)
def test_confusions_are_counts_of_rows(tmp_path: Path, counts: np.ndarray | None, lines: int) -> None:
    charts.write_charts(findings(tmp_path, confusion=counts), tmp_path / "charts")
    found = read("confusion", tmp_path / "charts")
    assert len(found) == lines
    assert sum(int(row["rows"]) for row in found) == (0 if counts is None else counts.sum())
    assert all((row["label"] == "") == (lines == 4) for row in found)


@pytest.mark.parametrize("bins", [[], [{"rows": 10, "said": 0.9, "right": 0.8}]])
def test_calibration_has_a_line_for_each_bin(tmp_path: Path, bins: list[dict[str, Any]]) -> None:
    known = {"calibration": {"bins": bins, "expected_error": 0.1} if bins else None}
    charts.write_charts(findings(tmp_path, metrics=known), tmp_path / "charts")
    assert len(read("calibration", tmp_path / "charts")) == len(bins)


@pytest.mark.ci
@pytest.mark.processes
@pytest.mark.parametrize("empty", [True, False])
def test_dvc_plots_show_draws_all_of_them(tmp_path: Path, empty: bool) -> None:
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"plots": [dict([plot]) for plot in PLOTS]}), encoding="utf-8")
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "init", "--no-scm", "-q"], cwd=tmp_path, check=True)
    bins = [{"rows": 10, "said": 0.9, "right": 0.8}]
    more = {} if empty else {"confusion": np.eye(2, dtype=int), "metrics": {"calibration": {"bins": bins}}}
    charts.write_charts(findings(tmp_path, **more), tmp_path / charts.CHARTS)
    done = subprocess.run([*dvc, "plots", "show"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "learning_rate 0.25" in page
    assert ("b, or B" in page) != empty
