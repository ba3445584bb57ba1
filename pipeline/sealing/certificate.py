"""The certificate of selection: all that decides the test score, and nothing else, written before that is known.

It holds the settings, the rows (of the test rows one hash), the code of every stage from prepare to evaluate, the
weights and the scores. No versions, hardware or dates: see circumstances.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, finite, mapping, mapping_of, optional, text, whole, wrong
from pipeline.storage import digests, documents
from pipeline.storage.dealt import Deal
from pipeline.storage.places import SELECTED

if TYPE_CHECKING:  # else whoever checks a certificate would depend on how sweeps run
    from pipeline.sealing.ranking import Ranking
    from pipeline.trials.folder import Trial

TRAINING, ALL_OPEN = "training rows", "training and validation rows"
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
    "selection": mapping,
    "greater_is_better": lambda value: isinstance(value, bool),
    "standard_error": optional(finite),
    "refit": optional(mapping),
    "model": mapping,
    "candidates": lambda entries: isinstance(entries, list) and len(entries) > 0,
}
CANDIDATE: dict[str, Kind] = {
    **{"experiment": text, "key": text, "score": finite, "parameters": whole, "settings_sha256": text},
    "model_sha256": optional(text),
}


def order(candidate: Mapping[str, Any], greater: bool = False) -> tuple[float, int, str]:
    """The rule ``best`` as a sort key: the smallest candidate is chosen, by the same order on every machine."""
    score = -candidate["score"] if greater else candidate["score"]
    return score, candidate["parameters"], candidate["settings_sha256"]


def choose(
    candidates: Sequence[Mapping[str, Any]], greater: bool = False, standard_error: float | None = None
) -> Mapping[str, Any]:
    """The best candidate; with a standard error the one of fewest parameters that is no more than it from the best."""
    best = min(candidates, key=lambda one: order(one, greater))
    if standard_error is None:
        return best
    near = [one for one in candidates if abs(one["score"] - best["score"]) <= standard_error]
    return min(near, key=lambda one: (one["parameters"], *order(one, greater)))


def make(
    ranking: "Ranking",
    split: Mapping[str, str],
    deal: Deal,
    validation_rows: int,
    code: Mapping[str, str],
    rescored: Mapping[str, Any],
    refit: Mapping[str, Any] | None = None,
) -> Certificate:
    """The certificate for the ranked candidates; the first is the chosen one.

    Args:
        split: SHA-256 of the training and validation arrays, by name.
        deal: how the rows were dealt, with the hash of the test rows.
        code: hash of the code of each stage that decides the score.
        rescored: what of the scores was found again from the stored weights, see rescoring.
        refit: ``model_sha256``, ``epochs`` and ``rows`` of another training of the chosen settings, if there was one.
    """
    chosen = ranking.trials[0]
    return {
        "rule": ranking.rule,
        "selection": asdict(ranking.how),
        "metric": ranking.metric,
        "greater_is_better": ranking.greater,
        "standard_error": ranking.standard_error,
        "candidates": [_entry(trial, ranking.scores[trial.key]) for trial in ranking.trials],
        "chosen": chosen.key,
        "experiment": chosen.experiment,
        "settings_sha256": digests.of_file(chosen.folder / "settings.json"),
        "model_sha256": refit["model_sha256"] if refit else digests.of_file(chosen.model),
        "refit": dict(refit) if refit else None,
        "model": _kind(chosen, refit),
        "rescored": dict(rescored),
        "split": dict(split),
        "deal": asdict(deal) | {"ratio": list(deal.ratio)},
        "code": dict(code),
        "validation_rows": validation_rows,
    }


def _entry(trial: "Trial", score: float) -> dict[str, Any]:
    facts = {name: trial.summary[name] for name in ("parameters", "model_sha256", "settings_sha256")}
    return {"experiment": trial.experiment, "key": trial.key, "score": score, **facts}


def _kind(trial: "Trial", refit: Mapping[str, Any] | None) -> dict[str, Any]:
    """What kind of model is certified."""
    how = trial.settings.get("validation", {})
    whole = how.get("name", "hold_out") != "hold_out" or refit is not None
    return {
        "networks": trial.settings.get("ensemble", {}).get("members", 1),
        "trained_on": ALL_OPEN if whole else TRAINING,
        "scored_by": how.get("name", "hold_out"),
        "repeats": how.get("repeats", 1),
        "seeds": how.get("seeds", 1),
        "epoch_chosen_by": trial.summary["metric"],
    }


def held_out(certificate: Certificate) -> bool:
    """Whether the validation rows were no rows of the certified model's training."""
    return bool(certificate["model"]["trained_on"] == TRAINING)


def chosen_entry(certificate: Certificate) -> dict[str, Any]:
    """The chosen candidate's entry."""
    return next(one for one in certificate["candidates"] if one["key"] == certificate["chosen"])


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
    best = choose(certificate["candidates"], certificate["greater_is_better"], certificate["standard_error"])
    trial = documents.read_json(folder / "summary.json")
    if fault := wrong(trial, {"key": text}):
        raise HoldoutError(f"{folder / 'summary.json'} is incomplete ({fault}): {AGAIN}")
    certified = certificate["code"]
    now = certified if code is None else code
    facts = {
        "the weights in model.npz": (_digest(folder / "model.npz"), certificate["model_sha256"]),
        "the settings in settings.json": (_digest(folder / "settings.json"), certificate["settings_sha256"]),
        "the chosen candidate's model_sha256": (best["model_sha256"], _before(certificate)),
        "the chosen candidate's settings_sha256": (best["settings_sha256"], certificate["settings_sha256"]),
        "the candidate that the rule chooses": (best["key"], certificate["chosen"]),
        "the trial in summary.json": (trial["key"], certificate["chosen"]),
        "the split": (certificate["split"] if split is None else dict(split), certificate["split"]),
        **{f"the code of {stage}": (now.get(stage), certified.get(stage)) for stage in sorted({*now, *certified})},
    }
    return [
        f"{name}: found {_short(found)}, certified was {_short(wanted)}"
        for name, (found, wanted) in facts.items()
        if found != wanted
    ]


def _before(certificate: Certificate) -> str:
    """The weights that were chosen, where they were fitted again after that."""
    refit = certificate["refit"]
    return str(refit["of_model_sha256"] if refit else certificate["model_sha256"])


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
