"""What was edited after the fact, each named for what it is: the certificate, what it certifies, or the score."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.fields import finite
from pipeline.sealing import certificate
from pipeline.sealing.certificate import Certificate
from pipeline.storage.places import SELECTED
from pipeline.trials.folder import Trial

NEAR = 1e-9


def edits(
    paper: Certificate,
    metrics: Mapping[str, Any],
    trials: Sequence[Trial],
    openings: Iterable[Mapping[str, Any]],
    split: Mapping[str, str],
    code: Mapping[str, str],
    folder: Path = SELECTED,
) -> list[str]:
    """In words; none if all fits together.

    Args:
        metrics: as in reports/metrics.json; openings: as the ledger has them; split, code: hashes as they are now.
    """
    found = certificate.faults(paper, folder, split, code)
    said = [f"{folder / certificate.NAME}: {fault}" for fault in found]
    return [*said, *_of_candidates(paper, trials), *_of_score(paper, metrics, openings)]


def _of_candidates(paper: Certificate, trials: Sequence[Trial]) -> list[str]:
    """Where the certified candidates are no longer those of the experiments."""
    known = {trial.key: trial.summary for trial in trials if trial.finished and not trial.teaching}
    certified = {one["key"]: one for one in paper["candidates"]}
    said = []
    if known.keys() != certified.keys():
        both, others = certified.keys() & known.keys(), known.keys() - certified.keys()
        said.append(
            f"certified were {len(certified)} candidates, of which the experiments now have {len(both)}, and "
            f"{len(others)} others"
        )
    names = ["model_sha256", "settings_sha256", *([] if paper["selection"]["metric"] else ["score"])]
    for key in sorted(known.keys() & certified.keys()):
        for name in names:
            if known[key][name] != certified[key][name]:
                now, then = str(known[key][name])[:16], str(certified[key][name])[:16]
                said.append(f"{key}/summary.json: {name} is {now}, certified was {then}")
    return said


def _of_score(paper: Certificate, metrics: Mapping[str, Any], openings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where reports/metrics.json says what the ledger doesn't."""
    name, where = str(metrics["metric"]), "reports/metrics.json"
    for fact, certified in (("model_sha256", paper["model_sha256"]), ("test_sha256", paper["deal"]["test_sha256"])):
        if metrics.get(fact) != certified:
            return [f"{where}: {fact} is {str(metrics.get(fact))[:16]}, certified was {certified[:16]}"]
    mine = {"model_sha256": paper["model_sha256"], "test_sha256": paper["deal"]["test_sha256"], "metric": name}
    scores = [one.get("score") for one in openings if all(one.get(fact) == value for fact, value in mine.items())]
    known: list[float] = [score for score in scores if score is not None and finite(score)]
    if known and all(abs(score - metrics[name]) > NEAR for score in known):
        return [f"{where}: {name} is {metrics[name]:.6g}, in the ledger of openings it is {known[-1]:.6g}"]
    return []
