"""What travels with a registered model, so that it loads where there is no project: code, packages and a signature."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema

from pipeline.feed.schema import CLASSIFICATION
from pipeline.imports import ROOT, closure, others
from pipeline.serving.answers import LABEL, flag_names, number_names
from pipeline.serving.received import named
from pipeline.serving.typical import typical
from pipeline.storage.models import read_model
from pipeline.tracking.signed import columns_of
from pipeline.training.model import Model

CHAMPION = "pipeline.tracking.champion"


def ship(weights: Path) -> ModelInfo:
    """Log the model of ``weights`` to the run that is active, with all that it needs to be loaded elsewhere."""
    model = read_model(weights)
    with tempfile.TemporaryDirectory() as folder, _without_bytecode():
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("champion.py").resolve()),
            artifacts={"model": str(weights.resolve())},
            code_paths=[str(_code(Path(folder)))],
            pip_requirements=requirements(),
            signature=signature(model),
            input_example=example(model),
        )
        return info


@contextlib.contextmanager
def _without_bytecode() -> Iterator[None]:
    """MLflow loads the model to try its example, and would ship what Python compiles of it then."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


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


def example(model: Model) -> "pd.DataFrame | np.ndarray":
    """One row, as a caller would send it."""
    row = typical(model)
    return pd.DataFrame([row]) if named(model.schema) else np.array([list(row.values())])


def signature(model: Model) -> ModelSignature:
    """The model's columns in, the answers' columns out."""
    schema = model.schema
    flags = {LABEL: DataType.string} if schema.task == CLASSIFICATION else {}
    flags |= dict.fromkeys(flag_names(model), DataType.boolean)
    outputs = flags | dict.fromkeys(number_names(model), DataType.double)
    return ModelSignature(columns_of(schema), Schema([ColSpec(kind, name) for name, kind in outputs.items()]))
