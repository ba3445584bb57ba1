"""Where MLflow is: the database in the project folder, or what MLFLOW_TRACKING_URI names."""

import os
import re
from pathlib import Path

DATABASE = Path("mlflow.db")  # `mlflow ui`, typed in the project folder, looks there by itself
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


def named() -> str | None:
    """The address in MLFLOW_TRACKING_URI; None without one."""
    return os.environ.get("MLFLOW_TRACKING_URI") or None


def own_uri() -> str:
    """The database in the project folder, by its absolute path."""
    return f"sqlite:///{DATABASE.absolute()}"


def tracking_uri() -> str:
    return named() or own_uri()


def is_own() -> bool:
    """Whether runs go to the database in the project folder."""
    return tracking_uri() == own_uri()


def place() -> str:
    """Where MLflow's runs are, as a person may read it: without a password."""
    return str(DATABASE) if is_own() else hidden(tracking_uri())


def hidden(text: str) -> str:
    """``text`` without the names and passwords of its addresses."""
    return CREDENTIALS.sub("", text)
