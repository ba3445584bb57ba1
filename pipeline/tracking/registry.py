"""The selected model in MLflow's registry: one version per model, the alias ``champion`` on the one in use."""

from pathlib import Path

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from pipeline.storage.audits import BASELINES, DATA_CHECKS
from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.documents import read_object
from pipeline.storage.places import SELECTED
from pipeline.tracking.contents import CERTIFICATE, SPLIT_CARD, WEIGHTS, findings, in_markdown, selected
from pipeline.tracking.described import at_best, numbers
from pipeline.tracking.given_files import log_files, settle
from pipeline.tracking.runs import Runs
from pipeline.tracking.shipped import ship
from pipeline.tracking.unlinked import unlinked
from pipeline.tracking.waiting import waiting
from pipeline.trials.folder import SETTINGS, SUMMARY, flatten

ALIAS = "champion"
PACKING = 8.0  # seconds that MLflow may take to pack the model and log it


def write_selection(runs: Runs) -> None:
    """Register models/selected, unless its weights are registered already; the alias follows the selection."""
    if not selected():
        return
    sha256 = file_digest(WEIGHTS)
    run = runs.only("select", sha256, "selection")
    if run is None:
        return
    if run.data.tags.get("holdout.model_sha256") != sha256:
        _describe(runs, run, sha256)
    version = _version(runs, sha256)
    if version is None:
        version = _register(runs, run, sha256)
        _mark(runs)
    elif run.info.status != "FINISHED":
        runs.client.set_terminated(run.info.run_id, "FINISHED")
    if _champion(runs) != version.version:
        runs.client.set_registered_model_alias(runs.owner.project, ALIAS, str(version.version))
    runs.log(run, tags={"holdout.version": str(version.version)})


def _describe(runs: Runs, run: Run, sha256: str) -> None:
    summary, settings = read_object(SELECTED / SUMMARY), read_object(SELECTED / SETTINGS)
    facts = {"score": summary.get("score"), "parameters": summary.get("parameters")}
    facts |= at_best(summary.get("metrics", {}))
    paths = (CERTIFICATE, SELECTED / SETTINGS, WEIGHTS, SPLIT_CARD, DATA_CHECKS, BASELINES)
    log_files(runs.client, run, *(path for path in paths if path.exists()))
    note = "The model that validation selected. Its test score is on the evaluation run.\n"
    note += in_markdown(findings())
    tags = {"holdout.model_sha256": sha256, "mlflow.note.content": note}
    runs.log(run, numbers(facts), tags, flatten(settings))


def _version(runs: Runs, sha256: str) -> ModelVersion | None:
    found = runs.client.search_model_versions(f"name = '{runs.owner.project}'")
    return next((version for version in found if version.tags.get("model_sha256") == sha256), None)


def _champion(runs: Runs) -> int | str | None:
    try:
        return runs.client.get_model_version_by_alias(runs.owner.project, ALIAS).version
    except MlflowException:  # no such alias yet
        return None


def _mark(runs: Runs) -> None:
    """Say whose the registered model is, where an older version of this program has made it."""
    (model,) = runs.client.search_registered_models(f"name = '{runs.owner.project}'")
    for name, value in runs.owner.tags.items():
        if model.tags.get(name) != value:
            runs.client.set_registered_model_tag(model.name, name, value)


def _register(runs: Runs, run: Run, sha256: str) -> ModelVersion:
    with waiting.call(PACKING), mlflow.start_run(run_id=run.info.run_id):
        logged = ship(Path(unlinked(WEIGHTS)))
        settle(mlflow.get_logged_model(logged.model_id).artifact_location)
    name, tags = runs.owner.project, {"model_sha256": sha256}
    if not runs.client.search_registered_models(f"name = '{name}'"):
        runs.client.create_registered_model(name, runs.owner.tags, "The model that validation selected.")
    return runs.client.create_model_version(name, logged.model_uri, run.info.run_id, tags, model_id=logged.model_id)
