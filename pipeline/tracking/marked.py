"""Which trials stand out in MLflow: the selected one by a tag, and the best three by a page that compares them."""

from typing import Any

from pipeline.tracking.contents import selected
from pipeline.tracking.logged import log
from pipeline.tracking.memory import Identity
from pipeline.tracking.runs import Runs
from pipeline.trials.sweeps import AD_HOC

TAG = "holdout.selected"
FEW = 3  # that are compared


def mark_selected(runs: Runs) -> None:
    """Tag the trial that the certificate names, and take the tag's word back from the one before it."""
    for key, run in runs.there().items():
        ours = _is_selected(key, selected())
        if key[0] == "trial" and (ours or TAG in run.data.tags):
            log(runs.client, run, tags={TAG: str(ours).lower()})


def _is_selected(key: Identity, certificate: dict[str, Any]) -> bool:
    return key == ("trial", certificate.get("experiment"), certificate.get("chosen"))


def best_three(runs: Runs) -> list[str]:
    """The ids of the candidates with the best scores, of the latest sweeps; other data's are not among them."""
    there = [run for (stage, experiment, _), run in runs.there().items() if stage == "trial" and experiment != AD_HOC]
    shown = [run for run in there if run.data.tags.get("holdout.stale") == "false" and "score" in run.data.metrics]
    ranked = sorted(shown, key=lambda run: (run.data.metrics["score"], run.data.tags.get("holdout.key", "")))
    return [run.info.run_id for run in ranked[:FEW]]
