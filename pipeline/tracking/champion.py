"""The selected model as MLflow serves it: rows in, labels and outputs out. MLflow runs this file; no pickle."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from pipeline.errors import HoldoutError
from pipeline.serving.answers import answers
from pipeline.serving.received import encoded
from pipeline.storage.models import read_model
from pipeline.tracking.explained import NotAnswered, explain


class Champion(PythonModel):
    """Loads model.npz and predicts from raw rows."""

    def load_context(self, context: PythonModelContext) -> None:
        self.model = read_model(Path(context.artifacts["model"]))
        explain(self.model.schema)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Raw rows, with their columns by name, to a table with one line per row; its columns: see ``answers``."""
        try:
            X = encoded(model_input, self.model.schema)
        except HoldoutError as error:
            raise NotAnswered(str(error)) from None
        return pd.DataFrame(answers(self.model, X))


set_model(Champion())
