"""The section ``selection`` of params.yaml: by which rule and metric one candidate is chosen, and if it is refit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.configuration.refusals import refusal
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL, REGRESSION

BEST, ONE_STANDARD_ERROR = "best", "one_standard_error"
RULES = (BEST, ONE_STANDARD_ERROR)
ALL, CLASSES = (CLASSIFICATION, MULTILABEL, REGRESSION), (CLASSIFICATION, MULTILABEL)
# The tasks that a metric is for.
METRICS: dict[str, tuple[str, ...]] = {
    "error": CLASSES,
    "loss": ALL,
    "balanced_accuracy": (CLASSIFICATION,),
    "macro_f1": CLASSES,
    "roc_auc": CLASSES,
    "average_precision": CLASSES,
    "mse": (REGRESSION,),
    "mae": (REGRESSION,),
    "r2": (REGRESSION,),
}


@dataclass(frozen=True)
class SelectionParams:
    """rule: ``best``, or the fewest weights within one standard error of the best; metric: of the validation rows, None
    for what each trial is stopped by; refit: whether the chosen settings are trained once more, on all open rows.
    """

    rule: str = BEST
    metric: str | None = None
    refit: bool = False


def selection_of(section: Mapping[str, Any], where: str) -> SelectionParams:
    """The section, each value checked; HoldoutError names the key, what was found and what is allowed."""
    rule, metric, refit = (section.get(name, getattr(SelectionParams, name)) for name in ("rule", "metric", "refit"))
    if rule not in RULES:
        raise refusal(where, "selection.rule", rule, " or ".join(RULES))
    if metric is not None and metric not in METRICS:
        raise refusal(
            where, "selection.metric", metric, f"{', '.join(METRICS)}, or null for what trials are stopped by"
        )
    if not isinstance(refit, bool):
        raise refusal(where, "selection.refit", refit, "true or false")
    return SelectionParams(rule, metric, refit)
