"""Where the mirror writes: one MLflow experiment, in a database that `mlflow ui` finds by itself."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run, ViewType

from pipeline.errors import HoldoutError

EXPERIMENT = "holdout"
DATABASE = "mlflow.db"
MISLEADING = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


@dataclass(frozen=True)
class Destination:
    """An open MLflow store and the id of the experiment in it."""

    client: MlflowClient
    experiment_id: str

    def runs(self) -> dict[tuple[str, ...], Run]:
        """All runs of the experiment by their identity, deleted ones too: what a person deleted stays away."""
        found: dict[tuple[str, ...], Run] = {}
        token: str | None = None
        while True:
            page = self.client.search_runs([self.experiment_id], run_view_type=ViewType.ALL, page_token=token)
            for run in page:
                found.setdefault(identity(run.data.tags), run)
            token = page.token
            if not token:
                return found


def identity(tags: dict[str, str]) -> tuple[str, ...]:
    """What makes a run the same run: its stage, and the experiment, trial or content that it shows."""
    return tuple(tags.get(f"holdout.{name}", "") for name in ("stage", "experiment", "key"))


def deleted(run: Run | None) -> bool:
    return run is not None and run.info.lifecycle_stage == LifecycleStage.DELETED


def own_uri() -> str:
    """The database in the project folder, by its absolute path."""
    return f"sqlite:///{Path.cwd() / DATABASE}"


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or the project's own database."""
    return os.environ.get("MLFLOW_TRACKING_URI") or own_uri()


def prepare_environment() -> None:
    """No telemetry, no long retries, and no run id of somebody else's."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    for name in MISLEADING:
        os.environ.pop(name, None)


@contextlib.contextmanager
def opened() -> Iterator[Destination]:
    """The destination, made if it is missing; locked, so that two mirrors never interleave.

    Raises:
        HoldoutError: the experiment was deleted in MLflow.
    """
    with FileLock(f"{DATABASE}.lock"):
        uri = tracking_uri()
        mlflow.set_tracking_uri(uri)
        client = MlflowClient(uri)
        destination = Destination(client, _experiment_id(client, uri == own_uri()))
        if uri == own_uri():
            _speed_up(Path(DATABASE))
        yield destination


def _experiment_id(client: MlflowClient, own: bool) -> str:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return client.create_experiment(EXPERIMENT, (Path.cwd() / "mlartifacts").as_uri() if own else None)
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise HoldoutError(f"experiment {EXPERIMENT!r} is deleted in MLflow: restore it there, or remove {DATABASE}")
    return str(experiment.experiment_id)


def _speed_up(database: Path) -> None:
    """Write-ahead log: the UI reads while the mirror writes, at half the cost per call."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
