"""The selected model as MLflow serves it: rows in, labels and outputs out. MLflow runs this file; no pickle."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from pipeline.storage.models import read_model


class Champion(PythonModel):
    """Loads model.npz and predicts from raw rows."""

    def load_context(self, context: PythonModelContext) -> None:
        self.model = read_model(Path(context.artifacts["model"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Rows (rows, features) to a table with one line per row.

        Classification: ``label`` and, per class, ``probability_<class>`` (``output_<class>`` unless the outputs are
        a softmax). Regression: ``prediction`` in the target's own units.
        """
        outputs = self.model.scores(ordered(model_input, self.model.features))
        decoded = self.model.decode(outputs)
        if not self.model.classes:
            return pd.DataFrame({"prediction": decoded.astype(np.float64)})
        labels = np.array(self.model.classes)[decoded]
        names = output_names(self.model.classes, self.model.architecture.activations[-1], outputs.shape[1])
        table = pd.DataFrame(outputs.astype(np.float64), columns=names)
        table.insert(0, "label", labels)
        return table


def ordered(rows: pd.DataFrame, features: tuple[str, ...]) -> np.ndarray:
    """The rows as (rows, features) in float64.

    ValueError: another number of columns, the features in another order, or a value that is no finite number.
    """
    names = [str(name) for name in rows.columns]
    if len(names) != len(features):
        raise ValueError(
            f"found {len(names)} columns, expected the model's {len(features)} features, without the target"
        )
    if set(names) & set(features) and names != list(features):
        pairs = enumerate(zip(names, features, strict=True))
        wrong = next(place for place, (found, wanted) in pairs if found != wanted)
        raise ValueError(
            f"column {wrong + 1} is {names[wrong]!r}, expected {features[wrong]!r}: "
            f"give the model's {len(features)} features in its own order, without the target"
        )
    values = rows.to_numpy(np.float64)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"row {row} (counted from 0), column {names[column]!r}: found {values[row, column]}, not a number"
        )
    return values


def output_names(classes: tuple[str, ...], activation: str, outputs: int) -> list[str]:
    """Names of the columns beside ``label``; a single output scores the second of two classes."""
    kind = "probability" if activation == "softmax" else "output"
    return [f"{kind}_{label}" for label in (classes if outputs == len(classes) else classes[-outputs:])]


set_model(Champion())
