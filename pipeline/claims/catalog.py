"""Which claims there are: one for each file in conf/claims, in the module of its name; and their settings."""

import difflib
import importlib
import re
from pathlib import Path
from typing import Any

from pipeline.claims.claim import Claim
from pipeline.errors import HoldoutError
from pipeline.fields import shown, wrong
from pipeline.storage import documents

SETTINGS = Path("conf/claims")
COMMENTED = re.compile(r"^(\w+):.*?\s#\s*(.+)$", re.MULTILINE)


def names() -> list[str]:
    """The claims of this folder, in the order of their numbers."""
    return [claim.name for claim in sorted(map(find, _stems()), key=lambda claim: claim.place)]


def find(name: str) -> Claim:
    """The claim of that name.

    Raises:
        HoldoutError: there is none; says which may be meant.
    """
    known = _stems()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = (
            f"did you mean {close[0]}?" if close else f"allowed: {', '.join(known) or 'none, for conf/claims is empty'}"
        )
        raise HoldoutError(f"{name}: there is no such claim ({hint})")
    claim: Claim = importlib.import_module(f"pipeline.claims.{name}").CLAIM
    return claim


def _stems() -> list[str]:
    return sorted(path.stem for path in SETTINGS.glob("*.yaml"))


def settings_of(claim: Claim) -> dict[str, Any]:
    """conf/claims/NAME.yaml, checked.

    Raises:
        HoldoutError: a key is missing, unknown, or its value not what it must be.
    """
    path = SETTINGS / f"{claim.name}.yaml"
    values = documents.read_yaml(path)
    if unknown := [key for key in values if key not in claim.keys]:
        raise HoldoutError(f"{path}: {unknown[0]} is no setting of this claim, allowed: {', '.join(claim.keys)}")
    if missing := [key for key in claim.keys if key not in values]:
        raise HoldoutError(f"{path}: there is no {missing[0]}, expected {', '.join(claim.keys)}")
    if fault := wrong(values, claim.keys):
        raise HoldoutError(f"{path}: {fault}, which this claim can't use: see keys in pipeline/claims/{claim.name}.py")
    return values


def described(claim: Claim) -> list[tuple[str, str, str]]:
    """Each setting with its value and what its comment says of it, in the file's order."""
    text = (SETTINGS / f"{claim.name}.yaml").read_text(encoding="utf-8")
    comments = dict(COMMENTED.findall(text))
    values = settings_of(claim).items()
    return [(key, shown(value), comments.get(key, "")) for key, value in values]
