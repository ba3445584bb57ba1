"""What MLflow's server says of a body that it can't read by the signature: which value of which row it is.

Its own words are pandas', which name the value at most. The server reads as before; only where it fails, the rows are
read once more without types, and held against the model's columns. And ``mlflow models predict``, which reads a CSV
file without the signature, reads it by the signature: else it would refuse every column whose numbers are all whole.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.types import Schema as Columns

from pipeline.errors import HoldoutError
from pipeline.feed.schema import Schema
from pipeline.serving.received import encoded
from pipeline.tracking.signed import columns_of

SERVER = "mlflow.pyfunc.scoring_server"
READERS = ("parse_csv_input", "infer_and_parse_data")  # (body, the signature's columns, if they count) → rows


class NotAnswered(MlflowException):
    """Rows that the model can't answer: a server says so with the status 400 and one line."""

    def __init__(self, line: str) -> None:
        super().__init__(line, error_code=INVALID_PARAMETER_VALUE)
        self._line = line

    def serialize_as_json(self) -> str:
        """The body of the answer; MLflow's own would show the rows as well."""
        return json.dumps({"error_code": self.error_code, "message": self._line})


def explain(schema: Schema) -> None:
    """From here on, a server in this process says which value it is; elsewhere nothing changes."""
    server = sys.modules.get(SERVER)
    for name in READERS if server else ():
        if read := getattr(server, name, None):
            setattr(server, name, _telling(read, schema))


def _telling(read: Callable[..., Any], schema: Schema) -> Callable[..., Any]:
    def reading(*given: Any, **also: Any) -> Any:
        body, *others = (*given, *also.values())
        columns = next((one for one in others if isinstance(one, Columns)), columns_of(schema))
        try:
            return read(body, columns)
        except MlflowException:
            if columns == columns_of(schema) and (fault := _fault(read, body, schema)):
                raise NotAnswered(fault) from None
            raise

    return reading


def _fault(read: Callable[..., Any], body: Any, schema: Schema) -> str | None:
    """What is wrong with the rows; None where the server's words are as good."""
    if hasattr(body, "seek"):
        body.seek(0)
    try:
        encoded(pd.DataFrame(read(body)), schema)
    except HoldoutError as error:
        return str(error)
    except Exception:  # can't be read without types either
        return None
    return None
