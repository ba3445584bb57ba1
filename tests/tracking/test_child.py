"""The mirror as a process: never in the trainer's way."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.tracking import child, database, ui
from pipeline.tracking.child import mirrored, waited_for_later
from pipeline.tracking.waiting import Timed, Waiting
from tests.project import wait_for
from tests.tracking import fake_store


@pytest.mark.processes
def test_a_stage_that_imports_the_mirror_does_not_import_mlflow() -> None:
    code = "import sys, pipeline.tracking.child, pipeline.tracking.mirror; print('mlflow' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_off_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_TRACKING", "off")
    fake_store.record("baseline", "a0", 0)
    with mirrored():
        pass
    assert not (tmp_path / "mlflow.db.lock").exists()


def test_a_mirror_that_cannot_start_is_one_line_and_hides_no_error_of_the_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(OSError, match="the stage's own"), mirrored():
        raise OSError("the stage's own")
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("warning: MLflow at mlflow.db is behind (no space left on device); nothing is lost: the")


@pytest.mark.processes
def test_a_failing_mirror_is_one_line_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    fake_store.make_a_project()
    (tmp_path / "mlflow.db").write_text("this is no database " * 100)
    with mirrored():
        pass
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("warning: MLflow at mlflow.db is behind (DatabaseError: file is not a database); nothing")
    assert "`python -m pipeline.tracking.rebuild`" in said[0]


def _mirrors() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "pipeline.tracking.mirror" in child.cmdline()]


def _wait_for_the_first_pass() -> None:
    """Until the mirror has imported MLflow, which takes a second of computing and more, and rests."""
    (mirror,) = wait_for(_mirrors)  # until it has begun, the child is a copy of this process
    before = 0.0
    while (now := sum(mirror.cpu_times()[:2])) < 1.0 or now > before:
        before = now
        time.sleep(1)


@pytest.mark.processes
@pytest.mark.slow
def test_a_mirror_that_nobody_waits_for_shows_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    fake_store.make_store()
    with mirrored(wait=False):
        pass
    assert child.left.pop().wait(100) == 0
    assert database.number()  # which a whole pass leaves


@pytest.mark.parametrize(
    ("stage", "folder", "later"), [("", "p", False), ("train", "p", True), ("train", ".dvc/tmp/p", False)]
)
def test_only_in_the_pipeline_itself_a_later_stage_waits(
    stage: str, folder: str, later: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    if stage:
        monkeypatch.setenv("DVC_STAGE", stage)
    assert waited_for_later() is later


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
        with mirrored():
            _wait_for_the_first_pass()
            start = time.monotonic()
        assert time.monotonic() - start < 6
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"warning: MLflow at http://{address} is behind (connection refused); nothing is lost: the")
    assert "secret" not in said


def test_only_what_calls_take_beyond_the_usual_is_counted() -> None:
    now = [0.0]
    waiting = Waiting(lambda: now[0])

    class Slow:
        at = "attribute"

        def call(self, seconds: float) -> float:
            now[0] += seconds
            return waiting.spent()

        search_runs = call  # answers with much

    slow = Timed(Slow(), waiting)
    now[0] += 100  # reading files
    assert (slow.at, slow.call(0.25), slow.call(1.3)) == ("attribute", 0.0, pytest.approx(1.0))
    assert slow.search_runs(1.9) == pytest.approx(1.0)
    with waiting.call(8.0):
        now[0] += 9
        assert waiting.spent() == pytest.approx(2.0)
        assert waiting.restart() == pytest.approx(2.0)
        now[0] += 9
        assert waiting.spent() == pytest.approx(1.0)
    assert waiting.spent() == pytest.approx(1.0)


@pytest.mark.processes
def test_following_shows_what_was_trained(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with mirrored():
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


@pytest.mark.processes
def test_a_name_that_other_data_have_is_one_line_that_names_the_setting(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    with mirrored():
        pass
    fake_store.card("trees.csv")
    with mirrored():
        pass
    (said,) = capsys.readouterr().err.splitlines()
    assert said == (
        "warning: the experiment 'holdout' of MLflow at mlflow.db is that of other data (toy, target t), not of "
        "trees.csv, target t: set project in params.yaml to a name of its own; "
        "then `python -m pipeline.tracking.mirror`"
    )
