"""The selected model in MLflow's registry: one version per model, the alias ``champion`` on the one in use."""

import shutil
import tempfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType

from pipeline.imports import ROOT, closure, others
from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.models import read_model
from pipeline.storage.places import SELECTED
from pipeline.tracking.destination import Destination
from pipeline.tracking.patience import patience
from pipeline.tracking.runs import Runs, log, numbers, own_run, set_tags
from pipeline.tracking.store import flatten, read_object
from pipeline.training.model import Model

NAME = "holdout"
ALIAS = "champion"
PACKING = 8.0  # seconds that MLflow may take to pack the model and log it
HERE = Path(__file__).resolve().parent
CHAMPION = "pipeline.tracking.champion"


def write_selection(to: Destination, runs: Runs) -> None:
    """Register models/selected, unless its weights are registered already; the alias follows the selection."""
    weights = SELECTED / "model.npz"
    if not (SELECTED / "certificate.json").exists() or not weights.exists():
        return
    sha256 = file_digest(weights)
    run = own_run(to, runs, "select", sha256, "selection")
    if run is None:
        return
    if run.data.tags.get("holdout.model_sha256") != sha256:
        _describe(to, run, sha256)
    version = _version(to, sha256)
    if version is None:
        version = _register(to, run, sha256)
    elif run.info.status != "FINISHED":
        to.client.set_terminated(run.info.run_id, "FINISHED")
    if _champion(to) != version.version:
        to.client.set_registered_model_alias(NAME, ALIAS, str(version.version))
    set_tags(to, run, {"holdout.version": str(version.version)})


def _describe(to: Destination, run: Run, sha256: str) -> None:
    summary, settings = read_object(SELECTED / "summary.json"), read_object(SELECTED / "settings.json")
    facts = {"score": summary.get("score"), "parameters": summary.get("parameters")}
    facts |= {f"best/{name}": value for name, value in summary.get("metrics", {}).items()}
    for name in ("certificate.json", "settings.json", "model.npz"):
        if (SELECTED / name).exists():
            to.client.log_artifact(run.info.run_id, str(SELECTED / name))
    note = "The model that validation selected. Its test score is on the evaluation run."
    tags = {"holdout.model_sha256": sha256, "mlflow.note.content": note}
    log(to, run, numbers(facts), tags, flatten(settings))


def _version(to: Destination, sha256: str) -> ModelVersion | None:
    found = to.client.search_model_versions(f"name = '{NAME}'")
    return next((version for version in found if version.tags.get("model_sha256") == sha256), None)


def _champion(to: Destination) -> int | str | None:
    try:
        return to.client.get_model_version_by_alias(NAME, ALIAS).version
    except MlflowException:  # no such alias yet
        return None


def _register(to: Destination, run: Run, sha256: str) -> ModelVersion:
    model = read_model(SELECTED / "model.npz")
    with patience.call(PACKING), tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_id=run.info.run_id):
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(HERE / "champion.py"),
            artifacts={"model": str((SELECTED / "model.npz").resolve())},
            code_paths=[str(_code(Path(folder)))],
            pip_requirements=requirements(),
            signature=signature(model),
        )
    if not to.client.search_registered_models(f"name = '{NAME}'"):
        to.client.create_registered_model(NAME, description="The model that validation selected.")
    tags = {"model_sha256": sha256}
    return to.client.create_model_version(NAME, logged.model_uri, run.info.run_id, tags, model_id=logged.model_id)


def _code(folder: Path) -> Path:
    """The part of the package that a served model needs, so that it loads without the project."""
    for source in closure(CHAMPION):
        target = folder / source.relative_to(ROOT.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return folder / ROOT.name


def requirements() -> list[str]:
    """The packages that a served model needs, in the versions that are installed here."""
    packages = packages_distributions()
    named = {module: packages[module] for module in others(CHAMPION)}
    names = sorted({module if module in found else found[0] for module, found in named.items()})
    return [f"{name}=={version(name)}" for name in names]


def signature(model: Model) -> ModelSignature:
    """One unnamed value per feature in, a table out.

    MLflow refuses a CSV's integers where the schema says double (or a float64 tensor), and the rows of
    ``{"inputs": [[…]]}`` where its columns have names. Values of any type, by position, fit both; champion.py checks.
    """
    inputs = Schema([ColSpec(AnyType()) for _ in range(model.architecture.sizes[0])])
    if not model.classes:
        return ModelSignature(inputs, Schema([ColSpec(DataType.double, "prediction")]))
    from pipeline.tracking.champion import output_names

    names = output_names(model.classes, model.architecture.activations[-1], model.architecture.sizes[-1])
    columns = [ColSpec(DataType.double, name) for name in names]
    return ModelSignature(inputs, Schema([ColSpec(DataType.string, "label"), *columns]))
