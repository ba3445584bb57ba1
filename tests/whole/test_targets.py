"""Split, train, select, evaluate and report on made rows of each kind of target."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage.prepared import write_prepared
from pipeline.storage.scores import read_metrics
from tests.project import Run, make_project

pytestmark = [pytest.mark.processes, pytest.mark.ci]
ROWS = 210


def prepared(task: str, classes: tuple[str, ...], targets: tuple[str, ...], rows: Rows) -> tuple[Rows, Card]:
    facts: dict[str, Any] = {"source": "made", "targets": targets, "rows": len(rows), "hashes": {}}
    return rows, Card(task, ("a", "b", "c"), classes, None, **facts)


def inputs() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (ROWS, 3)).round(3)


def run_stages(folder: Path, run: Run, *more: str) -> dict[str, Any]:
    trains = ("train experiment=rates", "train experiment=topologies")
    for stage in ("split", "check", *trains, "select", "baselines", "evaluate", "report"):
        words = more if stage.startswith("train") else ()
        run(" ".join([f"python -m pipeline.stages.{stage}", *words]), HOLDOUT_TRACKING="off")
    return read_metrics(folder / "reports")


def test_several_targets_of_other_units_with_weights_and_times(tmp_path: Path) -> None:
    run = make_project(folder := tmp_path / "targets", {"source": "iris"})
    X = inputs()
    y = np.stack([X @ [1.0, -2.0, 0.5], 1e4 * X @ [0.0, 1.0, 1.0]], axis=1)
    weights, moments = np.arange(ROWS) % 4 + 0.0, np.arange(ROWS)[::-1] * 3600.0
    rows = Rows(X, y, importance=weights, origin=np.arange(ROWS), moments=moments)
    write_prepared(*prepared("regression", (), ("small", "large"), rows), folder / "data/prepared")
    metrics = run_stages(folder, run)
    test = {name: np.load(folder / f"data/sealed/test/{name}.npy") for name in ("rows", "weights", "moments")}
    train = np.load(folder / "data/split/train/moments.npy")
    assert train.max() < test["moments"].min()
    assert (test["weights"] > 0).all()
    assert (metrics["metric"], metrics["n"]) == ("test/relative_mse", len(test["rows"]))
    assert metrics["interval"][0] < metrics["test/relative_mse"] < metrics["interval"][1]
    assert metrics["effective_rows"] == pytest.approx(test["weights"].sum() ** 2 / (test["weights"] ** 2).sum())
    assert set(metrics["targets"]) == {"small", "large"}
    assert min(part["r2"] for part in metrics["targets"].values()) > 0.5
    page = (folder / "reports/report.html").read_text()
    assert "Each target" in page and "Scores count each row by its weight" in page


def test_several_labels(tmp_path: Path) -> None:
    run = make_project(folder := tmp_path / "labels", {"source": "iris"})
    X = inputs()
    y = (X > [[0, 0.5, -0.3]]).astype(np.uint8)
    rows = Rows(X, y, origin=np.arange(ROWS))
    names = ("new", 'so, "called"', "old")
    write_prepared(*prepared("multilabel", names, names, rows), folder / "data/prepared")
    metrics = run_stages(folder, run)
    assert metrics["metric"] == "test/error"
    assert metrics["test/error"] < 0.25
    assert metrics["test/exact_match"] >= 1 - 3 * metrics["test/error"]
    assert set(metrics["labels"]) == set(names)
    assert "Each label" in (folder / "reports/report.html").read_text()


def test_weights_of_classes_are_swept_and_kept_by_name(tmp_path: Path) -> None:
    run = make_project(folder := tmp_path / "classes", {"source": "iris"})
    X = inputs()
    y = (X[:, 0] + np.random.default_rng(1).normal(0, 0.5, ROWS) > 1).astype(np.int64)
    rows = Rows(X, y, origin=np.arange(ROWS))
    write_prepared(*prepared("classification", ("no", "yes"), ("sick",), rows), folder / "data/prepared")
    for name, sweep in (("rates", '"none,balanced"'), ("topologies", '"{no: 1, yes: 5},{yes: 50}"')):
        path = folder / f"conf/experiment/{name}.yaml"
        kind = "\nweighting: {name: given}" if name == "topologies" else ""
        text = path.read_text().partition("hydra:")[0]
        key = "weighting.classes" if kind else "weighting"
        path.write_text(f"{text}hydra: {{mode: MULTIRUN, sweeper: {{params: {{{key}: {sweep}}}}}}}{kind}\n")
    run_stages(folder, run)
    table = (folder / "experiments/topologies/results/trials.csv").read_text()
    assert table.count("finished") == 2
    settings = [json.loads(path.read_text()) for path in folder.glob("experiments/*/results/trials/*/settings.json")]
    found = {json.dumps(one["weighting"], sort_keys=True) for one in settings}
    given = ({"no": 1.0, "yes": 5.0}, {"yes": 50.0})
    wanted = [("none", {}), ("balanced", {}), *(("given", classes) for classes in given)]
    assert found == {json.dumps({"name": name, "classes": classes}, sort_keys=True) for name, classes in wanted}
    wrong = run("python -m pipeline.stages.train weighting=given weighting.classes={ja:5}", 1, HOLDOUT_TRACKING="off")
    assert "weighting.classes names 'ja', which is no class (put names in quotes); there are: no, yes" in wrong.stderr
