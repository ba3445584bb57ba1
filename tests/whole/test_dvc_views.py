"""DVC's own views of the results: metrics between commits, settings between them, experiments without hashes."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.stages import evaluate, select
from pipeline.storage import documents, scores
from tests.project import ROOT, runner
from tests.reporting import published

pytestmark = [pytest.mark.ci, pytest.mark.processes]
COMMIT = "git add -A && git -c user.name=a -c user.email=a@b commit -qm one"


def test_metrics_params_and_experiments_compare_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    run = runner(tmp_path)
    run("git init -q && dvc init -q")
    published.complete(tmp_path)
    shutil.copytree(ROOT / "conf", "conf")
    shutil.copyfile(ROOT / ".gitignore", ".gitignore")
    for name in ("alpha", "beta"):
        Path(f"conf/experiment/{name}.yaml").write_text("optimizer: {learning_rate: 0.1}\n")
    select.main()
    evaluate.main()
    run(COMMIT)
    assert "reports/metrics.json" in run("git ls-files reports").stdout.splitlines()

    values = documents.read_json(scores.METRICS)
    documents.write_json(scores.METRICS, {**values, "test/error": 0.5})
    Path("conf/experiment/alpha.yaml").write_text("optimizer: {learning_rate: 0.5}\n")
    diff = run("dvc metrics diff --json")
    assert "failed to load" not in diff.stderr
    found = json.loads(diff.stdout)["reports/metrics.json"]
    assert found["test/error"] == {"old": values["test/error"], "new": 0.5, "diff": 0.5 - values["test/error"]}
    changed = json.loads(run("dvc params diff --json").stdout)
    assert list(changed) == ["conf/experiment/alpha.yaml"]
    assert changed["conf/experiment/alpha.yaml"]["optimizer.learning_rate"]["new"] == 0.5
    shown = run("dvc exp show --csv").stdout.splitlines()[0].split(",")
    assert {"test/error", "interval.low", "interval.high"} <= set(shown)
    assert not [name for name in shown if "sha256" in name]
