"""The certificate of selection: who the candidates were, by which rule one was chosen, and from what it came."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, finite, mapping, optional, shown, text, whole, wrong
from pipeline.storage import digests, documents
from pipeline.storage.places import SELECTED

if TYPE_CHECKING:  # else whoever checks a certificate would depend on how sweeps run
    from pipeline.trials.folder import Trial

RULE = "lowest validation score; among equals fewer parameters, then the first key"
NAME = "certificate.json"
Certificate = dict[str, Any]

# What ``make`` writes.
FACTS: dict[str, Kind] = {
    **dict.fromkeys(("rule", "metric", "chosen", "experiment", "model_sha256", "code"), text),
    "validation_rows": whole,
    "split": mapping,
    "candidates": lambda entries: isinstance(entries, list) and len(entries) > 0,
}
CANDIDATE: dict[str, Kind] = {
    **{"experiment": text, "key": text, "score": finite, "parameters": whole},
    "model_sha256": optional(text),
}


def order(candidate: Mapping[str, Any]) -> tuple[float, int, str]:
    """The rule as a sort key: the smallest candidate is chosen."""
    return candidate["score"], candidate["parameters"], candidate["key"]


def candidates(trials: Sequence["Trial"]) -> list["Trial"]:
    """The trials that may be chosen, best first: finished, each key once.

    Raises:
        HoldoutError: none has finished (the message lists why), or a score is not a finite number.
    """
    finished = {trial.key: trial for trial in reversed(trials) if trial.finished}
    if not finished:
        listed = "; ".join(_failure(trial) for trial in trials) or "there are no trials at all"
        raise HoldoutError(f"no trial has finished, so there is nothing to select ({listed}): change conf/experiment/")
    for trial in finished.values():
        score = trial.summary["score"]
        if not finite(score):
            raise HoldoutError(f"{trial.folder / 'summary.json'}: score is {shown(score)}, expected a finite number")
    metrics = {trial.summary["metric"] for trial in finished.values()}
    if len(metrics) > 1:
        raise HoldoutError(f"the experiments are scored by {' and '.join(sorted(metrics))}, which can't be compared")
    return sorted(finished.values(), key=lambda trial: order(trial.summary | {"key": trial.key}))


def _failure(trial: "Trial") -> str:
    return f"{trial.experiment} {trial.key} {trial.status}: {trial.summary['reason']}"


def make(ranked: Sequence["Trial"], split: Mapping[str, str], validation_rows: int, code: str) -> Certificate:
    """The certificate for ``ranked`` candidates, best first; the first is the chosen one. Holds no dates.

    Args:
        split: SHA-256 of the training and validation arrays, by name.
        code: ``code_hash`` of the stage that selects.
    """
    entries = [_entry(trial) for trial in ranked]
    chosen = ranked[0]
    return {
        "rule": RULE,
        "metric": chosen.summary["metric"],
        "candidates": entries,
        "chosen": chosen.key,
        "experiment": chosen.experiment,
        "model_sha256": digests.of_file(chosen.model),
        "split": dict(split),
        "code": code,
        "validation_rows": validation_rows,
    }


def _entry(trial: "Trial") -> dict[str, Any]:
    facts = {name: trial.summary[name] for name in ("score", "parameters", "model_sha256")}
    return {"experiment": trial.experiment, "key": trial.key, **facts}


def check(folder: Path = SELECTED, split: Mapping[str, str] | None = None) -> Certificate:
    """Read the certificate in ``folder`` and hold it against the weights beside it.

    Args:
        split: hashes of the split as it is now, to be held against those of the certificate.

    Raises:
        HoldoutError: names what differs.
    """
    path = folder / NAME
    certificate: Certificate = documents.read_json(path)
    if fault := _fault(certificate):
        raise HoldoutError(f"{path} is incomplete ({fault}): run `dvc repro -f select`")
    best = min(certificate["candidates"], key=order)
    trial = documents.read_json(folder / "summary.json")
    if fault := wrong(trial, {"key": text}):
        raise HoldoutError(f"{folder / 'summary.json'} is incomplete ({fault}): run `dvc repro -f select`")
    facts = {
        "the weights in model.npz": (_digest(folder / "model.npz"), certificate["model_sha256"]),
        "the chosen candidate's model_sha256": (best["model_sha256"], certificate["model_sha256"]),
        "the candidate that the rule chooses": (best["key"], certificate["chosen"]),
        "the trial in summary.json": (trial["key"], certificate["chosen"]),
        "the split": (certificate["split"] if split is None else dict(split), certificate["split"]),
    }
    for name, (found, certified) in facts.items():
        if found != certified:
            raise HoldoutError(
                f"{path}: {name}: found {_short(found)}, certified was {_short(certified)}; run `dvc repro -f select`"
            )
    return certificate


def _fault(certificate: Certificate) -> str | None:
    """What ``make`` would not write."""
    faults = [wrong(certificate, FACTS)]
    if faults == [None]:
        faults = [wrong(entry, CANDIDATE) for entry in certificate["candidates"]]
    return next(filter(None, faults), None)


def _digest(path: Path) -> str:
    if not path.exists():
        raise HoldoutError(f"{path} is missing: run `dvc repro -f select`")
    return digests.of_file(path)


def _short(value: Any) -> str:
    """A hash, or hashes by name, short enough for one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_short(value[name])}" for name in sorted(value)) + "}"
    return str(value)[:16]
