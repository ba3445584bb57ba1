"""Where the mirror writes: one MLflow experiment, in a database that `mlflow ui` finds by itself."""

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run, ViewType

from pipeline.errors import HoldoutError
from pipeline.tracking.patience import Timed, patience
from pipeline.tracking.process import DATABASE, own_uri, tracking_uri

EXPERIMENT = "holdout"
FIRST = 60.0  # seconds that MLflow may take to make its own database
OTHERS = 10.0  # seconds that another mirror of this folder may take
MISLEADING = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


@dataclass(frozen=True)
class Destination:
    """An open MLflow store and the id of the experiment in it; ``own``: the database in the project folder."""

    client: MlflowClient
    experiment_id: str
    own: bool

    def runs(self) -> dict[tuple[str, ...], Run]:
        """All runs of the mirror by their identity, deleted ones too: what a person deleted stays away.

        A second run of one identity is deleted here. It comes about when the answer to its creation was lost, or when
        two machines write to one server at the same moment; the order of the search makes both keep the same one.
        """
        found: dict[tuple[str, ...], Run] = {}
        for run in self._all():
            name = identity(run.data.tags)
            other = found.get(name)
            if other is None or deleted(other):
                found[name] = run
            elif not deleted(run):
                self.client.delete_run(run.info.run_id)
        return found

    def _all(self) -> Iterator[Run]:
        token: str | None = None
        while True:
            page = self.client.search_runs([self.experiment_id], run_view_type=ViewType.ALL, page_token=token)
            yield from (run for run in page if "holdout.stage" in run.data.tags)
            token = page.token
            if not token:
                return


def identity(tags: dict[str, str]) -> tuple[str, ...]:
    """What makes a run the same run: its stage, and the experiment, trial or content that it shows."""
    return tuple(tags.get(f"holdout.{name}", "") for name in ("stage", "experiment", "key"))


def deleted(run: Run | None) -> bool:
    return run is not None and run.info.lifecycle_stage == LifecycleStage.DELETED


def prepare_environment() -> None:
    """No telemetry, no run id of somebody else's, and no call made twice: the next pass is the next attempt."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    # A repeated call whose first answer was lost would make a second run.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    # No connection outlives its call: one that is kept would go on writing to a database that was moved aside.
    os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    for name in MISLEADING:
        os.environ.pop(name, None)


@contextlib.contextmanager
def opened(before: Callable[[], object] = lambda: None) -> Iterator[Destination]:
    """The destination, made if it is missing; locked, so that two mirrors never interleave.

    Args:
        before: called when the lock is held and nothing is open yet.

    Raises:
        HoldoutError: the experiment was deleted in MLflow.
    """
    with contextlib.ExitStack() as stack:
        with patience.call(OTHERS):
            stack.enter_context(FileLock(f"{DATABASE}.lock"))
        before()
        uri = tracking_uri()
        mlflow.set_tracking_uri(uri)
        own = uri == own_uri()
        if own:
            stack.enter_context(_own_database(Path(DATABASE)))
        client = cast(MlflowClient, Timed(MlflowClient(uri)))
        yield Destination(client, _experiment_id(client, own), own)


def _experiment_id(client: MlflowClient, own: bool) -> str:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return client.create_experiment(EXPERIMENT, (Path.cwd() / "mlartifacts").as_uri() if own else None)
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise HoldoutError(f"experiment {EXPERIMENT!r} is deleted in MLflow: restore it there, or remove {DATABASE}")
    return str(experiment.experiment_id)


@contextlib.contextmanager
def _own_database(database: Path) -> Iterator[None]:
    """Make the database if it is missing, whole or not at all; while it is in use, hold a connection to it.

    The write-ahead log lets the UI read while the mirror writes, at half the cost per call; without the connection,
    every call would be the last one to close and would write the log back.
    """
    if not database.exists():
        _make(database)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        with patience.call():
            connection.execute("PRAGMA journal_mode=WAL")
        yield


def _make(database: Path) -> None:
    for path in database.parent.glob(f"{database.name}.new-*"):  # of attempts that were cut short
        path.unlink()
    # A name of its own: MLflow takes a database that it has seen once in this process as made.
    new = database.with_name(f"{database.name}.new-{uuid.uuid4().hex}")
    with patience.call(FIRST):
        MlflowClient(f"sqlite:///{new.absolute()}").search_experiments(max_results=1)  # makes its tables
    os.replace(new, database)


def beside(database: Path) -> list[Path]:
    """The files that SQLite may keep for one database; the log has to move with its database."""
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
