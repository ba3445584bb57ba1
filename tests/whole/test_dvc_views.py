"""DVC's own views of the results: metrics between commits, settings between them, experiments without hashes."""

import json
from pathlib import Path

import pytest

from tests.project import make_project

pytestmark = [pytest.mark.ci, pytest.mark.processes]
COMMIT = "git add -A && git -c user.name=a -c user.email=a@b commit -qm"


def test_metrics_params_and_experiments_compare_commits(tmp_path: Path) -> None:
    folder = tmp_path / "views"
    run = make_project(folder, {"source": "iris"})
    (folder / ".gitignore").write_text((Path(__file__).parents[2] / ".gitignore").read_text())
    quiet = {"HOLDOUT_TRACKING": "off"}
    run("dvc repro", **quiet)
    run(f"{COMMIT} one")
    assert "reports/metrics.json" in run("git ls-files reports").stdout.splitlines()
    path = folder / "conf/experiment/rates.yaml"
    path.write_text(path.read_text().replace("0.1,0.3", "0.5,0.7").replace("epochs: 4", "epochs: 30"))
    run("dvc repro", **quiet)

    diff = json.loads(run("dvc metrics diff --json").stdout)["reports/metrics.json"]
    assert {"test/error", "interval.low", "interval.high"} <= set(diff)
    assert all(isinstance(side, int | float) for one in diff.values() for side in (one["old"], one["new"]))
    assert "failed to load" not in run("dvc metrics diff").stderr
    changed = json.loads(run("dvc params diff --json").stdout)
    assert list(changed) == ["conf/experiment/rates.yaml"]
    assert any(name.endswith("learning_rate") for name in changed["conf/experiment/rates.yaml"])
    shown = run("dvc exp show --csv").stdout
    assert "test/error" in shown and "sha256" not in shown
