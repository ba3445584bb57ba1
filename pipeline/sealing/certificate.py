"""The certificate of selection: all that decides the test score, and nothing else, written before that is known.

It holds the settings, the rows (of the test rows one hash), the code of every stage from prepare to evaluate, the
weights and the scores. No versions, hardware or dates: see circumstances.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, finite, mapping, mapping_of, optional, shown, text, whole, wrong
from pipeline.storage import digests, documents
from pipeline.storage.dealt import Deal
from pipeline.storage.places import SELECTED

if TYPE_CHECKING:  # else whoever checks a certificate would depend on how sweeps run
    from pipeline.trials.folder import Trial

RULE = "lowest validation score; among equals fewer parameters, then the first hash of the settings"
NAME = "certificate.json"
AGAIN = "run `dvc repro -f select`"
Certificate = dict[str, Any]

# What ``make`` writes.
FACTS: dict[str, Kind] = {
    **dict.fromkeys(("rule", "metric", "chosen", "experiment", "model_sha256", "settings_sha256"), text),
    "validation_rows": whole,
    "split": mapping,
    "deal": mapping,
    "code": mapping_of(text),
    "rescored": mapping,
    "candidates": lambda entries: isinstance(entries, list) and len(entries) > 0,
}
CANDIDATE: dict[str, Kind] = {
    **{"experiment": text, "key": text, "score": finite, "parameters": whole, "settings_sha256": text},
    "model_sha256": optional(text),
}


def order(candidate: Mapping[str, Any]) -> tuple[float, int, str]:
    """The rule as a sort key: the smallest candidate is chosen, by the same order on every machine."""
    return candidate["score"], candidate["parameters"], candidate["settings_sha256"]


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
    return sorted(finished.values(), key=lambda trial: order(trial.summary))


def _failure(trial: "Trial") -> str:
    return f"{trial.experiment} {trial.key} {trial.status}: {trial.summary['reason']}"


def make(
    ranked: Sequence["Trial"],
    split: Mapping[str, str],
    deal: Deal,
    validation_rows: int,
    code: Mapping[str, str],
    rescored: Mapping[str, Any],
) -> Certificate:
    """The certificate for ``ranked`` candidates, best first; the first is the chosen one.

    Args:
        split: SHA-256 of the training and validation arrays, by name.
        deal: how the rows were dealt, with the hash of the test rows.
        code: hash of the code of each stage that decides the score.
        rescored: what of the scores was found again from the stored weights, see rescoring.
    """
    chosen = ranked[0]
    return {
        "rule": RULE,
        "metric": chosen.summary["metric"],
        "candidates": [_entry(trial) for trial in ranked],
        "chosen": chosen.key,
        "experiment": chosen.experiment,
        "settings_sha256": digests.of_file(chosen.folder / "settings.json"),
        "model_sha256": digests.of_file(chosen.model),
        "rescored": dict(rescored),
        "split": dict(split),
        "deal": asdict(deal) | {"ratio": list(deal.ratio)},
        "code": dict(code),
        "validation_rows": validation_rows,
    }


def _entry(trial: "Trial") -> dict[str, Any]:
    facts = {name: trial.summary[name] for name in ("score", "parameters", "model_sha256", "settings_sha256")}
    return {"experiment": trial.experiment, "key": trial.key, **facts}


def check(
    folder: Path = SELECTED, split: Mapping[str, str] | None = None, code: Mapping[str, str] | None = None
) -> Certificate:
    """Read the certificate in ``folder`` and hold it against what lies beside it, and what is given.

    Raises:
        HoldoutError: names what differs.
    """
    certificate = read(folder)
    if found := faults(certificate, folder, split, code):
        raise HoldoutError(f"{folder / NAME}: {found[0]}; {AGAIN}")
    return certificate


def check_seal(certificate: Certificate, found: str) -> str:
    """The hash of the test rows that were opened, ``found``, if it is the certified one.

    Raises:
        HoldoutError: these are other rows than those that were sealed.
    """
    if found != (sealed := certificate["deal"].get("test_sha256")):
        raise HoldoutError(
            f"the sealed rows: found those of SHA-256 {_short(found)}, sealed and certified were {_short(sealed)}: "
            "restore them with `dvc checkout`, or deal anew with `dvc repro -f split`"
        )
    return found


def read(folder: Path = SELECTED) -> Certificate:
    """The certificate in ``folder``; HoldoutError where it is missing or no certificate."""
    path = folder / NAME
    certificate: Certificate = documents.read_json(path)
    if fault := _fault(certificate):
        raise HoldoutError(f"{path} is incomplete ({fault}): {AGAIN}")
    return certificate


def faults(
    certificate: Certificate,
    folder: Path = SELECTED,
    split: Mapping[str, str] | None = None,
    code: Mapping[str, str] | None = None,
) -> list[str]:
    """What is not as it was certified, each in words.

    Args:
        split: hashes of the open parts as they are now; code: of the code of each stage as it is now.

    Raises:
        HoldoutError: a file beside the certificate is missing.
    """
    best = min(certificate["candidates"], key=order)
    trial = documents.read_json(folder / "summary.json")
    if fault := wrong(trial, {"key": text}):
        raise HoldoutError(f"{folder / 'summary.json'} is incomplete ({fault}): {AGAIN}")
    certified = certificate["code"]
    now = certified if code is None else code
    facts = {
        "the weights in model.npz": (_digest(folder / "model.npz"), certificate["model_sha256"]),
        "the settings in settings.json": (_digest(folder / "settings.json"), certificate["settings_sha256"]),
        "the chosen candidate's model_sha256": (best["model_sha256"], certificate["model_sha256"]),
        "the chosen candidate's settings_sha256": (best["settings_sha256"], certificate["settings_sha256"]),
        "the candidate that the rule chooses": (best["key"], certificate["chosen"]),
        "the trial in summary.json": (trial["key"], certificate["chosen"]),
        "the score in summary.json": (trial.get("score"), best["score"]),
        "the split": (certificate["split"] if split is None else dict(split), certificate["split"]),
        **{f"the code of {stage}": (now.get(stage), certified.get(stage)) for stage in sorted({*now, *certified})},
    }
    return [
        f"{name}: found {_short(found)}, certified was {_short(wanted)}"
        for name, (found, wanted) in facts.items()
        if found != wanted
    ]


def _fault(certificate: Certificate) -> str | None:
    """What ``make`` would not write."""
    found = [wrong(certificate, FACTS)]
    if found == [None]:
        found = [wrong(entry, CANDIDATE) for entry in certificate["candidates"]]
    return next(filter(None, found), None)


def _digest(path: Path) -> str:
    if not path.exists():
        raise HoldoutError(f"{path} is missing: {AGAIN}")
    return digests.of_file(path)


def _short(value: Any) -> str:
    """A hash, or hashes by name, short enough for one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_short(value[name])}" for name in sorted(value)) + "}"
    return str(value)[:16]
