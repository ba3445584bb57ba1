"""Where the mirror writes: one MLflow experiment, named by the project, made if it is missing, and its own."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import mlflow
from mlflow import MlflowClient
from mlflow.entities import LifecycleStage

from pipeline.errors import HoldoutError
from pipeline.tracking import database
from pipeline.tracking.address import DATABASE, is_own, tracking_uri
from pipeline.tracking.database import MAKING
from pipeline.tracking.owner import Owner, make_owner
from pipeline.tracking.waiting import Timed, waiting

MISLEADING = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


@dataclass(frozen=True)
class Destination:
    """An open MLflow store and the id of the experiment in it.

    own: whether it is the database in the project folder; owner: whose the experiment is.
    """

    client: MlflowClient
    experiment_id: str
    own: bool
    owner: Owner


@contextlib.contextmanager
def opened(to_write: bool = True) -> Iterator[Destination]:
    """The destination; whoever opens it holds ``database.exclusive``.

    Args:
        to_write: else whose the experiment is doesn't matter.

    Raises:
        HoldoutError: the experiment was deleted in MLflow, or it or the registered model is that of other data.
    """
    with client_opened() as client:
        owner, own = make_owner(), is_own()
        if to_write:
            for model in client.search_registered_models(f"name = '{owner.project}'"):
                owner.check("the registered model", model.tags)
        yield Destination(client, _experiment_id(client, own, owner, to_write), own, owner)


@contextlib.contextmanager
def client_opened() -> Iterator[MlflowClient]:
    """A client of the store alone; whoever opens it holds ``database.exclusive``."""
    _prepare_environment()
    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    with database.in_use(_make_tables) if is_own() else contextlib.nullcontext():
        with waiting.call(MAKING):  # in a database that nobody has used it makes the tables
            client = MlflowClient(uri)
        yield cast(MlflowClient, Timed(client))


def artifacts() -> str | None:
    """Where a new experiment keeps its files: in the project folder, unless a server has them."""
    return None if tracking_uri().startswith(("http://", "https://")) else (Path.cwd() / "mlartifacts").as_uri()


def _prepare_environment() -> None:
    """No telemetry, no run id of somebody else's, and no call made twice: the next pass is the next attempt."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    # A repeated call whose first answer was lost would make a second run.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    if is_own():
        # No connection outlives its call: one that is kept would go on writing to a database that was moved aside.
        os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    for name in MISLEADING:
        os.environ.pop(name, None)


def _make_tables(database: Path) -> None:
    MlflowClient(f"sqlite:///{database}").search_experiments(max_results=1)


def _experiment_id(client: MlflowClient, own: bool, owner: Owner, to_write: bool) -> str:
    name = owner.project
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return client.create_experiment(name, artifacts(), owner.tags)  # at once: two projects may want it
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        other = f", or remove {DATABASE}" if own else ", or set project in params.yaml to another name"
        raise HoldoutError(f"experiment {name!r} is deleted in MLflow: restore it there{other}")
    if to_write:
        owner.check("the experiment", experiment.tags)
    return str(experiment.experiment_id)
