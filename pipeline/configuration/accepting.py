"""checks.accept of params.yaml: findings about the data that a person lets stand, each with the reason."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.auditing.pitfalls import PITFALLS
from pipeline.configuration.params import load_params
from pipeline.configuration.refusals import refusal, unknown
from pipeline.errors import HoldoutError
from pipeline.storage.places import PARAMS

Accepted = dict[str, str | dict[str, str]]
REASON = "why it may stand, in words; or {column: why} for some columns"


def read_accepted(path: Path | None = None) -> Accepted:
    """What params.yaml (``path``), which is checked whole, accepts."""
    return accepted_of(load_params(path).checks, str(path or PARAMS))


def accepted_of(section: Any, where: str) -> Accepted:
    """Reasons by code, or by code and column.

    Raises:
        HoldoutError: names the key, what was found and what is allowed.
    """
    if section is None:
        return {}
    if not isinstance(section, dict) or section.keys() - {"accept"}:
        strange = next(iter(section.keys() - {"accept"})) if isinstance(section, dict) else None
        if strange is not None:
            raise unknown(where, "checks", strange, "allowed: accept")
        raise refusal(where, "checks", section, "{accept: {HD06: 'why it may stand'}}")
    found = section.get("accept")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise refusal(where, "checks.accept", found, "codes with reasons, as {HD06: 'known before the answer'}")
    return {_code(code, where): _reasons(code, reason, where) for code, reason in found.items()}


def _code(code: Any, where: str) -> str:
    if code not in PITFALLS:
        close = difflib.get_close_matches(str(code).upper(), list(PITFALLS), n=1)
        hint = f"did you mean {close[0]}? allowed" if close else "allowed"
        raise unknown(where, "checks.accept", code, f"{hint}: {', '.join(PITFALLS)}")
    return str(code)


def _reasons(code: str, reason: Any, where: str) -> str | dict[str, str]:
    if isinstance(reason, str) and reason.strip():
        return reason.strip()
    if isinstance(reason, Mapping) and reason and all(isinstance(why, str) and why.strip() for why in reason.values()):
        return {str(name): why.strip() for name, why in reason.items()}
    if isinstance(reason, Mapping):
        raise HoldoutError(f"{where}: checks.accept.{code} is {dict(reason)!r}, allowed: {REASON}")
    raise refusal(where, f"checks.accept.{code}", reason, REASON)
