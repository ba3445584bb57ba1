"""One migrated MLflow database per test session (its migration takes seconds), copied for each test."""

import shutil
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tracking import fake_store

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # MLflow's own, at import
    import mlflow

    from pipeline.tracking import champion, destination, mirror

    assert champion  # imported here for the tests that use it: MLflow warns when its pyfunc is first imported


def _away(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # restored afterwards: MLflow itself sets it
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _away(monkeypatch, folder)
        mlflow.MlflowClient(destination.own_uri()).search_experiments()
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "mlflow.db"


@pytest.fixture
def project(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with a made-up store and an empty MLflow database; it is the current folder."""
    _away(monkeypatch, tmp_path)
    shutil.copyfile(empty_database, tmp_path / "mlflow.db")
    fake_store.make_store()
    return tmp_path


class Shown:
    """What MLflow shows after a pass."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's and SQLAlchemy's own
            mirror.copy()
        self.client = mlflow.MlflowClient(destination.own_uri())
        experiment = self.client.get_experiment_by_name("holdout")
        assert experiment is not None
        self.experiment = experiment
        self.runs = list(self.client.search_runs([experiment.experiment_id]))

    def stage(self, name: str) -> list[mlflow.entities.Run]:
        return [run for run in self.runs if run.data.tags["holdout.stage"] == name]

    def trial(self, key: str) -> mlflow.entities.Run:
        (found,) = [run for run in self.stage("trial") if run.data.tags["holdout.key"] == key]
        return found


@pytest.fixture
def show(project: Path) -> type[Shown]:
    return Shown


@pytest.fixture
def dump(project: Path) -> Callable[[], str]:
    """All of the database's content as SQL text, to prove that nothing was written."""

    def text() -> str:
        connection = sqlite3.connect(project / "mlflow.db")
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()

    return text
