"""The selected model as MLflow serves it: rows in, labels and outputs out. MLflow runs this file; no pickle."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from pipeline.errors import HoldoutError
from pipeline.serving.answers import answers
from pipeline.serving.received import encoded
from pipeline.storage.models import read_model


class Champion(PythonModel):
    """Loads model.npz and predicts from raw rows."""

    def load_context(self, context: PythonModelContext) -> None:
        self.model = read_model(Path(context.artifacts["model"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Raw rows, with their columns by name, to a table with one line per row; its columns: see ``answers``."""
        try:
            X = encoded(model_input, self.model.schema)
        except HoldoutError as error:
            raise NotAnswered(str(error)) from None
        return pd.DataFrame(answers(self.model, X))


class NotAnswered(MlflowException):
    """Rows that the model can't answer: a server says so with the status 400 and one line."""

    def __init__(self, line: str) -> None:
        super().__init__(line, error_code=INVALID_PARAMETER_VALUE)
        self._line = line

    def serialize_as_json(self) -> str:
        """The body of the answer; MLflow's own would show the rows as well."""
        return json.dumps({"error_code": self.error_code, "message": self._line})


set_model(Champion())
