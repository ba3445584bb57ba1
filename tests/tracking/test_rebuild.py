"""A database that is lost is built anew from the store, and says the same."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from pipeline.tracking import provenance, rebuild
from tests.tracking import fake_store
from tests.tracking.conftest import Shown, picture

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


@pytest.fixture
def full(project: Path) -> None:
    """A store with all that can be in one: a killed trial, a selection, a test score, a trial of an earlier sweep."""
    fake_store.record("momentum", "killed", 3)
    fake_store.running_trial("killed", 2, **fake_store.DEAD)
    fake_store.select()
    fake_store.evaluate()


def test_a_lost_database_comes_back_the_same(show: Show, full: None, project: Path) -> None:
    show()
    for job in (0, 1):  # a2 belongs to an earlier sweep from here on
        fake_store.record("baseline", f"a{job}", job, sweep="second")
    before = picture(show().client)
    assert {run["status"] for run in before["runs"].values()} == {"FINISHED", "FAILED", "KILLED"}
    for path in project.glob("mlflow.db*"):
        path.unlink()
    shutil.rmtree(project / "mlartifacts")
    counts = rebuild.rebuild()
    after = picture(show().client)
    stale = next(run for run in before["runs"].values() if run["tags"]["holdout.stale"] == "true")
    stale["data"] = []  # which split an earlier sweep had is not in the store
    for name, run in before["runs"].items():
        assert after["runs"].get(name) == run, name
    assert after == before
    assert counts == {"sweep": 2, "trial": 7, "select": 1, "evaluate": 1}


def test_the_commit_is_the_one_at_which_a_run_was_first_seen(
    show: Show, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = iter("ab")
    now = {"mlflow.source.git.commit": next(commits)}
    monkeypatch.setattr("pipeline.tracking.runs.commit_tags", lambda: dict(now))
    show()
    now["mlflow.source.git.commit"] = next(commits)
    rebuild.rebuild()
    assert {run.data.tags["mlflow.source.git.commit"] for run in show().runs} == {"a"}
    assert provenance.commit_tags() == {}


def test_the_old_database_is_kept_aside_whole(show: Show, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = show()
    shown.client.set_tag(shown.trial("a0").info.run_id, "by hand", "precious")
    keeper = sqlite3.connect(project / "mlflow.db")  # as an open UI: the write-ahead log is not written back
    keeper.execute("SELECT count(*) FROM runs").fetchone()
    rebuild.rebuild()
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith("mlflow.db is now mlflow.db.before-rebuild; a new mlflow.db is built from")
    keeper.close()
    assert "by hand" not in show().trial("a0").data.tags
    with sqlite3.connect(project / "mlflow.db.before-rebuild") as connection:
        assert connection.execute("SELECT value FROM tags WHERE key = 'by hand'").fetchall() == [("precious",)]
    connection.close()
    rebuild.rebuild()
    assert (project / "mlflow.db.before-rebuild-2").exists()


def test_a_damaged_database_is_replaced(show: Show, project: Path) -> None:
    (project / "mlflow.db").write_text("this is no database " * 100)
    assert rebuild.in_words(rebuild.rebuild()) == "2 sweeps, 6 trials"
    assert len(show().stage("trial")) == 6


def test_a_database_that_was_half_made_is_made_anew(show: Show, project: Path) -> None:
    (project / "mlflow.db").unlink()
    (project / "mlflow.db.new-1").write_text("cut short")
    assert len(show().stage("trial")) == 6
    assert not list(project.glob("mlflow.db.new*"))


@pytest.mark.processes
def test_make_has_a_target_for_it() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "mlflow-rebuild"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "python -m pipeline.tracking.rebuild"
