"""Which trials stand out in MLflow: the selected one by a tag, and the best three by a page that compares them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.tracking.contents import selected
from pipeline.tracking.memory import Identity
from pipeline.tracking.runs import Runs, deleted
from pipeline.trials.folder import Trial
from pipeline.trials.sweeps import AD_HOC

TAG = "holdout.selected"
FEW = 3  # that are compared


def mark_selected(runs: Runs) -> None:
    """Tag the trial that the certificate names, and take the tag's word back from the one before it."""
    certificate = selected()
    for key, run in runs.there().items():
        ours = _is_selected(key, certificate)
        if key[0] == "trial" and (ours or TAG in run.data.tags):
            runs.log(run, tags={TAG: str(ours).lower()})


def _is_selected(key: Identity, certificate: dict[str, Any]) -> bool:
    return key == ("trial", certificate.get("experiment"), certificate.get("chosen"))


def best_three(runs: Runs, sweeps: Mapping[str, Sequence[Trial]]) -> list[str]:
    """The ids of the runs of the candidates with the best scores; ``sweeps``: the latest ones, by experiment."""
    trials = [((name, one.key), one) for name, some in sweeps.items() if name != AD_HOC for one in some if one.finished]
    scores = [(one.summary.get("score"), place) for place, one in trials]
    scored = [(score, place) for score, place in scores if isinstance(score, int | float)]
    shown = [runs.get(("trial", *place)) for _, place in sorted(scored)]
    return [run.info.run_id for run in shown if run is not None and not deleted(run)][:FEW]
