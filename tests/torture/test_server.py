"""A tracking server that is down, slow, locked or forgetful: training doesn't wait for it, and nothing is lost."""

import collections
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.tracking.child import mirrored
from tests.torture.servers import Server, proxied
from tests.tracking import fake_store
from tests.tracking.conftest import mlflow, picture

ROOT = Path(__file__).parents[2]
TRIALS = {"a0", "a1", "a2", "b0", "b1", "b2"}
WAIT = 6.0  # seconds: what a stage may wait for MLflow on a busy machine; on an idle one it is about half of that
pytestmark = [pytest.mark.torture, pytest.mark.processes, pytest.mark.filterwarnings("ignore::Warning")]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a made-up store; it is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("HOLDOUT_TRACKING", raising=False)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    fake_store.make_store()
    fake_store.select()
    fake_store.evaluate()
    return folder


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(tmp_path / "server")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", made.uri)
    made.start()
    yield made
    made.stop()


def one_pass(module: str = "mirror", status: int = 0, **environment: str) -> str:
    """What a person types to catch up; returns what it says."""
    path = {"PYTHONPATH": str(ROOT), **environment}
    words = [sys.executable, "-m", f"pipeline.tracking.{module}"]
    done = subprocess.run(words, env={**os.environ, **path}, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def assert_whole(uri: str) -> None:
    """Each run is there, once, finished, with its curve."""
    client = mlflow.MlflowClient(uri)
    shown = picture(client)["runs"]  # it refuses two runs of one name
    stages = collections.Counter(run["tags"]["holdout.stage"] for run in shown.values())
    assert stages == {"sweep": 2, "trial": 6, "select": 1, "evaluate": 1}
    assert {run["tags"]["holdout.key"] for run in shown.values() if run["curves"]} == TRIALS
    assert {run["status"] for name, run in shown.items() if "0.999" not in name} == {"FINISHED"}
    assert all(len(run["curves"]["validation/error"]) == 5 for run in shown.values() if run["curves"])
    assert int(client.get_model_version_by_alias("holdout", "champion").version) == 1


@contextlib.contextmanager
def stage(capsys: pytest.CaptureFixture[str], training: float = 6.0) -> Iterator[list[str]]:
    """A stage that trains for some seconds, then waits for the mirror no longer than it may; yields what is said."""
    said: list[str] = []
    with mirrored():
        time.sleep(training)
        start = time.monotonic()
    waited = time.monotonic() - start
    yield said
    said += capsys.readouterr().err.splitlines()
    with capsys.disabled():
        print(f"\nwaited {waited:.1f} s; said: {said}")
    assert waited < WAIT


def test_a_server_that_is_down_holds_up_nobody_and_one_pass_catches_up(
    project: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.stop()
    with stage(capsys) as said:
        pass
    (line,) = said
    assert line.startswith(f"warning: MLflow at {server.uri} is behind (connection refused); nothing is lost: the next")
    assert "connection refused" in one_pass(status=1)
    server.start()
    one_pass()
    assert_whole(server.uri)


def test_a_server_that_dies_during_a_pass_gets_the_rest_once_it_is_back(
    project: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with proxied(server, delay=0.05) as proxy:
        os.environ["MLFLOW_TRACKING_URI"] = proxy.uri
        with mirrored():
            while proxy.calls < 30:  # in the middle of the trials
                time.sleep(0.01)
            server.stop()
    assert len(capsys.readouterr().err.splitlines()) == 1
    server.start()
    os.environ["MLFLOW_TRACKING_URI"] = server.uri
    partly = mlflow.MlflowClient(server.uri).search_runs(["1"])
    assert 0 < len(partly) < 10
    one_pass()
    assert_whole(server.uri)


@pytest.mark.parametrize("delay", [1.0, 3600.0])
def test_a_slow_server_holds_up_nobody(
    project: Path, server: Server, delay: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second more at each call, or no answer at all."""
    with proxied(server, delay=delay) as proxy:
        os.environ["MLFLOW_TRACKING_URI"] = proxy.uri
        with stage(capsys) as said:
            pass
    assert "it answers slowly or not at all" in said[0]
    os.environ["MLFLOW_TRACKING_URI"] = server.uri
    one_pass()
    assert_whole(server.uri)


@pytest.mark.parametrize("lock", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_locked_database_holds_up_nobody(
    project: Path, server: Server, capsys: pytest.CaptureFixture[str], lock: str
) -> None:
    """EXCLUSIVE lets nobody read; IMMEDIATE lets everybody read, and only writing waits."""
    connection = sqlite3.connect(server.database, isolation_level=None)
    connection.execute(f"BEGIN {lock}")
    with stage(capsys) as said:
        pass
    connection.close()
    assert len(said) == 1
    one_pass()
    assert_whole(server.uri)


def test_the_projects_own_database_locked_holds_up_nobody(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    fake_store.record("baseline", "a0", 0, sweep="second")
    one_pass()
    fake_store.record("baseline", "a0", 0)
    connection = sqlite3.connect("mlflow.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with stage(capsys) as said:
        pass
    connection.close()
    assert len(said) == 1 and said[0].startswith("warning: MLflow at mlflow.db is behind (")
    one_pass()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert_whole(f"sqlite:///{project / 'mlflow.db'}")


def test_a_lost_answer_makes_no_second_run(project: Path, server: Server) -> None:
    with proxied(server, lost="/runs/create") as proxy:
        for _ in range(3):
            one_pass(status=1, MLFLOW_TRACKING_URI=proxy.uri)
    one_pass()
    assert_whole(server.uri)


def test_a_lost_server_is_filled_again_from_the_store(project: Path, server: Server) -> None:
    one_pass()
    client = mlflow.MlflowClient(server.uri)
    before = picture(client)
    server.stop()
    server.database.unlink()
    shutil.rmtree(server.folder / "artifacts")
    server.start()
    said = one_pass("rebuild").splitlines()
    assert said[0] == f"copying into {server.uri}"
    assert said[1].startswith(f"{server.uri} holds 1 evaluation, 1 selection, 2 sweeps, 6 trials")
    assert picture(client) == before


def test_a_rebuild_beside_a_stage_that_trains_loses_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    trial = Path(".trials/a2")
    with mirrored():
        trial.rename("later")
        while not Path(".trials/mirror.json").exists():  # written at the end of a pass
            time.sleep(0.1)
        one_pass("rebuild")
        Path("later").rename(trial)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert_whole(f"sqlite:///{project / 'mlflow.db'}")


def test_the_first_use_by_eight_processes_makes_one_run_per_trial(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    words = [sys.executable, "-m", "pipeline.tracking.mirror"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, said
    with contextlib.closing(sqlite3.connect("mlflow.db")) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (10,)  # the deleted ones are counted too
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert_whole(f"sqlite:///{project / 'mlflow.db'}")
