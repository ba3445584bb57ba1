"""One migrated MLflow database per test session (its migration takes seconds), copied for each test."""

import hashlib
import shutil
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tracking import fake_store

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # MLflow's own, at import
    import mlflow

    from pipeline.tracking import champion, sync
    from pipeline.tracking.address import own_uri

    assert champion  # imported here for the tests that use it: MLflow warns when its pyfunc is first imported


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out tests by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "empty_database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)  # each new run asks git for its commit


def _away(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # restored afterwards: MLflow itself sets it
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as monkeypatch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's and SQLAlchemy's own
        _away(monkeypatch, folder)
        mlflow.MlflowClient(own_uri()).search_experiments()
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


NAMED = {"mlflow.parentRunId"}  # tags that hold the id of a run
UNSTABLE = {"mlflow.log-model.history", "mlflow.loggedModels", "mlflow.user"}


def picture(client: mlflow.MlflowClient) -> dict[str, Any]:
    """All that MLflow shows, without its own ids and times of creation."""
    experiment = client.get_experiment_by_name("holdout")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    names = {run.info.run_id: f"{run.data.tags['holdout.stage']} {run.info.run_name}" for run in runs}
    assert len(set(names.values())) == len(names)
    versions = client.search_model_versions("name = 'holdout'")
    champion = client.get_model_version_by_alias("holdout", "champion") if versions else None
    return {
        "runs": {names[run.info.run_id]: _of_run(client, run, names) for run in runs},
        "experiment": {tag: _named(text, names) for tag, text in experiment.tags.items()},
        "versions": [{**version.tags, "run": names[version.run_id]} for version in versions],
        "champion": champion and champion.tags,
    }


def _named(text: str, names: dict[str, str]) -> str:
    """The text with the names of runs for their ids."""
    for run_id, name in names.items():
        text = text.replace(run_id, name)
    return text


def _of_run(client: mlflow.MlflowClient, run: mlflow.entities.Run, names: dict[str, str]) -> dict[str, Any]:
    tags = {name: value for name, value in run.data.tags.items() if name not in UNSTABLE}
    trial = tags["holdout.stage"] == "trial"
    curves = {
        name: sorted((point.step, point.value) for point in client.get_metric_history(run.info.run_id, name))
        for name in (run.data.metrics if trial else ())
    }
    return {
        "status": run.info.status,
        "times": (run.info.start_time, run.info.end_time) if tags.get("holdout.stopped_by") == "epochs" else None,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "curves": curves,
        "tags": {name: names[value] if name in NAMED else value for name, value in tags.items()},
        "data": [
            (entry.dataset.name, entry.dataset.digest, entry.tags[0].value) for entry in run.inputs.dataset_inputs
        ],
        "artifacts": {path: _content(client, run.info.run_id, path) for path in _files(client, run.info.run_id)},
    }


def _files(client: mlflow.MlflowClient, run_id: str) -> list[str]:
    return sorted(item.path for item in client.list_artifacts(run_id) if not item.is_dir)


def _content(client: mlflow.MlflowClient, run_id: str, path: str) -> str:
    return hashlib.sha256(Path(client.download_artifacts(run_id, path)).read_bytes()).hexdigest()


class Shown:
    """What MLflow shows after a pass."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's and SQLAlchemy's own
            sync.copy()
        self.client = mlflow.MlflowClient(own_uri())
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
