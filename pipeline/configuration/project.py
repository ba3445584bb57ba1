"""The project's name, ``project`` in params.yaml: what MLflow's experiment and the registered model are called."""

import re
from typing import Any

from pipeline.configuration.refusals import refusal
from pipeline.storage import documents
from pipeline.storage.places import PARAMS

USUAL = "holdout"
ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def project_name(found: Any, where: str) -> str:
    """The name as it stands in the file ``where``; the usual one for None."""
    if found is None:
        return USUAL
    if not isinstance(found, str) or not ALLOWED.fullmatch(found):
        allowed = "letters, digits, - and _, at most 64 of them, - and _ not first; a number in quotes"
        raise refusal(where, "project", found, allowed)
    return found


def read_project_name() -> str:
    """As params.yaml has it, whose other keys may be wrong; the usual one where there is no such file."""
    if not PARAMS.exists():
        return USUAL
    return project_name(documents.read_yaml(PARAMS).get("project"), str(PARAMS))
