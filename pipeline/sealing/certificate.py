"""The certificate of selection: who the candidates were, by which rule one was chosen, and from what it came."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pipeline
from pipeline import files
from pipeline.errors import HoldoutError
from pipeline.trials.results import Trial

RULE = "lowest validation score; among equals fewer parameters, then the first key"
NAME = "certificate.json"
# The code that trains and selects. The stage select must depend on all of it, or the hash would be of older code.
CODE = (
    "data/augmentation.py",
    "data/card.py",
    "data/preprocessing.py",
    "data/sampling.py",
    "data/splits.py",
    "data/targets.py",
    "nn",
    "numerics.py",
    "resolve.py",
    "sealing/certificate.py",
    "settings.py",
    "stages/select.py",
    "stages/train.py",
    "training",
    "trials",
)
Certificate = dict[str, Any]


def order(candidate: Mapping[str, Any]) -> tuple[float, int, str]:
    """The rule as a sort key: the smallest candidate is chosen."""
    return candidate["score"], candidate["parameters"], candidate["key"]


def candidates(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that may be chosen, best first: finished, each key once.

    Raises:
        HoldoutError: none has finished (the message lists why), or a score is not a finite number.
    """
    finished = {trial.key: trial for trial in reversed(trials) if trial.summary["status"] == "finished"}
    if not finished:
        listed = "; ".join(_failure(trial) for trial in trials) or "there are no trials at all"
        raise HoldoutError(f"no trial has finished, so there is nothing to select ({listed}): change conf/experiment/")
    for trial in finished.values():
        score = trial.summary["score"]
        if not isinstance(score, int | float) or not math.isfinite(score):
            raise HoldoutError(f"{trial.folder / 'summary.json'}: score is {score}, expected a finite number")
    metrics = {trial.summary["metric"] for trial in finished.values()}
    if len(metrics) > 1:
        raise HoldoutError(f"the experiments are scored by {' and '.join(sorted(metrics))}, which can't be compared")
    return sorted(finished.values(), key=lambda trial: order(trial.summary | {"key": trial.key}))


def _failure(trial: Trial) -> str:
    return f"{trial.experiment} {trial.key} {trial.summary['status']}: {trial.summary['reason']}"


def code_hash(folder: Path = Path(pipeline.__file__).parent) -> str:
    """SHA-256 over the names and contents of the Python files in ``CODE``."""
    digest = hashlib.sha256()
    for path in sorted(path for place in CODE for path in _sources(folder / place)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(place: Path) -> list[Path]:
    return list(place.rglob("*.py")) if place.is_dir() else [place]


def make(ranked: Sequence[Trial], split: Mapping[str, str], validation_rows: int) -> Certificate:
    """The certificate for ``ranked`` candidates, best first; the first is the chosen one. Holds no dates.

    Args:
        split: SHA-256 of the training and validation arrays, by name.
    """
    entries = [_entry(trial) for trial in ranked]
    chosen = ranked[0]
    return {
        "rule": RULE,
        "metric": chosen.summary["metric"],
        "candidates": entries,
        "chosen": chosen.key,
        "experiment": chosen.experiment,
        "model_sha256": files.file_digest(chosen.model),
        "split": dict(split),
        "code": code_hash(),
        "validation_rows": validation_rows,
    }


def _entry(trial: Trial) -> dict[str, Any]:
    facts = {name: trial.summary[name] for name in ("score", "parameters", "model_sha256")}
    return {"experiment": trial.experiment, "key": trial.key, **facts}


def check(folder: Path = files.SELECTED, split: Mapping[str, str] | None = None) -> Certificate:
    """Read the certificate in ``folder`` and hold it against the weights beside it.

    Args:
        split: hashes of the split as it is now, to be held against those of the certificate.

    Raises:
        HoldoutError: names what differs.
    """
    path = folder / NAME
    certificate: Certificate = files.read_json(path)
    try:
        _check_types(certificate)
        best = min(certificate["candidates"], key=order)
        facts = {
            "the weights in model.npz": (files.file_digest(folder / "model.npz"), certificate["model_sha256"]),
            "the chosen candidate's model_sha256": (best["model_sha256"], certificate["model_sha256"]),
            "the candidate that the rule chooses": (best["key"], certificate["chosen"]),
            "the trial in summary.json": (files.read_json(folder / "summary.json")["key"], certificate["chosen"]),
            "the split": (certificate["split"] if split is None else dict(split), certificate["split"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise HoldoutError(f"{path} is incomplete ({error!r}): run `dvc repro -f select`") from None
    except FileNotFoundError as error:
        raise HoldoutError(f"{error.filename} is missing: run `dvc repro -f select`") from None
    for name, (found, certified) in facts.items():
        if found != certified:
            raise HoldoutError(
                f"{path}: {name}: found {_short(found)}, certified was {_short(certified)}; run `dvc repro -f select`"
            )
    return certificate


def _check_types(certificate: Certificate) -> None:
    """Raise KeyError, TypeError or ValueError for what ``make`` would not write."""
    kinds: dict[str, type] = dict.fromkeys(("rule", "metric", "chosen", "experiment", "model_sha256", "code"), str)
    for name, kind in (kinds | {"validation_rows": int, "split": dict, "candidates": list}).items():
        if not isinstance(certificate[name], kind):
            raise TypeError(f"{name} is {str(certificate[name])[:80]}")
    for entry in certificate["candidates"]:
        if not isinstance(entry["experiment"], str) or not math.isfinite(entry["score"]):
            raise ValueError(f"candidate {entry['key']}: experiment or score")


def _short(value: Any) -> str:
    """A hash, or hashes by name, short enough for one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_short(value[name])}" for name in sorted(value)) + "}"
    return str(value)[:16]
