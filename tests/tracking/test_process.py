"""The mirror as a process: never in the trainer's way."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline import tracking
from pipeline.tracking import ui
from pipeline.tracking.patience import Patience, Timed
from tests.tracking import fake_store


@pytest.mark.processes
def test_importing_tracking_does_not_import_mlflow() -> None:
    code = "import sys, pipeline.tracking, pipeline.tracking.mirror; print('mlflow' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_off_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_TRACKING", "off")
    fake_store.record("baseline", "a0", 0)
    with tracking.follow():
        pass
    tracking.mirror_now()
    assert not (tmp_path / "mlflow.db.lock").exists()


@pytest.mark.processes
def test_a_failing_mirror_is_one_line_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").write_text("this is no database " * 100)
    with tracking.follow():
        pass
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("warning: MLflow at mlflow.db is behind (DatabaseError: file is not a database); nothing")
    assert "`make mlflow-rebuild`" in said[0]


@pytest.mark.processes
def test_a_server_that_is_down_is_one_line_and_no_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    fake_store.make_store()
    with socket.socket() as nobody:  # bound, but nobody listens
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@{address}")
        with tracking.follow():
            time.sleep(4)  # MLflow is imported meanwhile
            start = time.monotonic()
        assert time.monotonic() - start < 6
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"warning: MLflow at http://{address} is behind (connection refused); nothing is lost: the")
    assert "secret" not in said


def test_only_what_calls_take_beyond_the_usual_is_counted() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])

    class Slow:
        at = "attribute"

        def call(self, seconds: float) -> float:
            now[0] += seconds
            return patience.spent()

    slow = Timed(Slow(), patience)
    now[0] += 100  # reading files
    assert (slow.at, slow.call(0.25), slow.call(1.3)) == ("attribute", 0.0, pytest.approx(1.0))
    with patience.call(8.0):
        now[0] += 9
        assert patience.spent() == pytest.approx(2.0)
        assert patience.restart() == pytest.approx(2.0)
        now[0] += 9
        assert patience.spent() == pytest.approx(1.0)
    assert patience.spent() == pytest.approx(1.0)


@pytest.mark.processes
def test_following_shows_what_was_trained(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with tracking.follow():
        fake_store.record("baseline", "new", 3)
        fake_store.finished_trial("new", fake_store.settings(1.0, 30), 0.5)
    import sqlite3

    connection = sqlite3.connect(project / "mlflow.db")
    keys = {key for (key,) in connection.execute("SELECT value FROM tags WHERE key = 'holdout.key'")}
    connection.close()
    assert "new" in keys


def test_the_ui_listens_on_this_machine_only() -> None:
    words = ui.command(5001, "sqlite:///mlflow.db")
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert words[words.index("--port") + 1] == "5001"
