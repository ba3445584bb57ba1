"""What travels with a registered model, so that it loads where there is no project: code, packages and a signature."""

import shutil
import tempfile
from importlib.metadata import packages_distributions, version
from pathlib import Path

import mlflow
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType

from pipeline.imports import ROOT, closure, others
from pipeline.storage.models import read_model
from pipeline.training.model import Model

CHAMPION = "pipeline.tracking.champion"


def ship(weights: Path) -> ModelInfo:
    """Log the model of ``weights`` to the run that is active, with all that it needs to be loaded elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("champion.py").resolve()),
            artifacts={"model": str(weights.resolve())},
            code_paths=[str(_code(Path(folder)))],
            pip_requirements=requirements(),
            signature=signature(read_model(weights)),
        )
        return info


def _code(folder: Path) -> Path:
    """The part of the package that the model imports, copied into ``folder``."""
    for source in closure(CHAMPION):
        target = folder / source.relative_to(ROOT.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return folder / ROOT.name


def requirements() -> list[str]:
    """The packages that the model imports, in the versions that are installed here."""
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
