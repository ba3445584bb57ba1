"""`make clean` removes what the pipeline made and no file of the user's, wherever it lies."""

import shutil
from pathlib import Path

import pytest

from pipeline.sealing import cleaning
from tests.project import ROOT

MADE = (
    "data/prepared/X.npy",
    "data/split/train/X.npy",
    "data/sealed/test/X.npy",
    "data/parts.json",
    "models/selected/model.npz",
    "experiments/baseline/results/sweep.json",
    "experiments/momentum/results/sweep.json",
    "reports/metrics.json",
    "reports/confusion.csv",
    "reports/data-checks.json",
    "reports/baselines.json",
    "reports/report.html",
    "reports/report-data.json",
    ".trials/k/summary.json",
    "mlflow.db",
    "mlflow.db-wal",
    "mlartifacts/1/model.npz",
)
THEIRS = (
    "data/mine.csv",
    "data/prepared.csv",
    "data/sealed/notes.txt",
    "models/other/model.npz",
    "experiments/baseline/README.md",
    "experiments/thesis/results/table.csv",
    "reports/ledger.jsonl",
    "reports/talk.pdf",
    "mine.db",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (*MADE, *THEIRS, "conf/experiment/baseline.yaml", "conf/experiment/momentum.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def test_what_was_made_goes_and_what_is_theirs_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cleaning.main()
    assert [name for name in MADE if (project / name).exists()] == []
    assert [name for name in THEIRS if not (project / name).exists()] == []
    assert not (project / "experiments/momentum").exists()
    assert capsys.readouterr().out.startswith("removed data/prepared, ")
    cleaning.main()
    assert "nothing" in capsys.readouterr().out


def test_what_a_link_leads_to_stays(project: Path) -> None:
    shutil.rmtree(project / "data/prepared")
    (project / "elsewhere").mkdir()
    (project / "elsewhere/rows.csv").write_text("x")
    (project / "data/prepared").symlink_to(project / "elsewhere")
    cleaning.main()
    assert not (project / "data/prepared").is_symlink() and (project / "elsewhere/rows.csv").exists()


def test_make_clean_calls_it() -> None:
    text = (ROOT / "Makefile").read_text()
    assert text.endswith("clean:\n\tpython -m pipeline.sealing.cleaning\n")
    assert "rm -rf" not in text
