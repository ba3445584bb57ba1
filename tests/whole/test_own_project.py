"""The whole pipeline on projects that change: one's own data, and models that were scored before."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.storage.scores import read_metrics
from tests.project import make_project, stages_run

pytestmark = [pytest.mark.processes, pytest.mark.ci]


def test_own_csv_and_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (210, 3)).round(3)
    y = (X @ [1.0, -2.0, 0.5]).round(4)
    lines = ["a,b,c,price", *(",".join(map(str, [*row, value])) for row, value in zip(X, y, strict=True))]
    folder = tmp_path / "csv"
    run = make_project(folder, {"source": "file", "path": "houses.csv", "target": "price"})
    (folder / "houses.csv").write_text("\n".join(lines) + "\n")
    run("dvc repro", HOLDOUT_TRACKING="off")
    metrics = read_metrics(folder / "reports")
    assert metrics["n"] == 30
    assert metrics["test/r2"] > 0.9
    (folder / "houses.csv").write_text("\n".join(lines[:-7]) + "\n")
    assert "prepare" in stages_run(run("dvc repro", HOLDOUT_TRACKING="off"))


def test_the_report_goes_on_counting_openings_when_an_old_state_returns(tmp_path: Path) -> None:
    folder = tmp_path / "peeking"
    run = make_project(folder, {"source": "iris"})
    path = folder / "conf/experiment/rates.yaml"
    before = path.read_text()
    quiet = {"HOLDOUT_TRACKING": "off"}
    run("dvc repro", **quiet)
    assert "First look" in (folder / "reports/report.html").read_text()
    for text in (before.replace("0.1,0.3", "0.5,0.7").replace("epochs: 4", "epochs: 30"), before):
        path.write_text(text)
        run("dvc repro", **quiet)
    models = {json.loads(line)["model_sha256"] for line in (folder / "reports/ledger.jsonl").read_text().splitlines()}
    assert len(models) == 2
    assert "2 different models have been scored on exactly these rows" in (folder / "reports/report.html").read_text()
