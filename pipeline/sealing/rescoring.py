"""Scores are found again from the stored weights before they are certified: what was edited since is named."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION
from pipeline.fields import finite
from pipeline.storage.models import check_model, read_model
from pipeline.storage.parts import OpenData
from pipeline.training.determinism import one_thread
from pipeline.training.metrics import main_metric, score
from pipeline.training.model import Model
from pipeline.trials.folder import SUMMARY, Trial, check_files

NEAR = 1e-4  # relative: what other processors' last bits may change of a mean
FOLDS = "the folds' networks are not kept: of their average nothing could be found again, but the final model's {}"
SEEDS = (
    "the networks of the other seeds are not kept: of their mean nothing could be found again, but the kept one's part"
)
SOME = "the folds' networks are not kept, and the final model was measured on some of its rows: nothing was found again"


def rescore_trial(trial: Trial, data: OpenData) -> dict[str, Any]:
    """``rescore`` a published trial.

    Raises:
        HoldoutError: also where one of its files is not as it was written, or its model is one of other data.
    """
    check_files(trial)
    model = read_model(trial.model)
    check_model(trial.model, model, data.card)
    return rescore(model, data.train, data.validation, trial.settings, trial.summary, trial.folder / SUMMARY)


def rescore(
    model: Model, train: Rows, validation: Rows, settings: Mapping[str, Any], summary: Mapping[str, Any], where: Path
) -> dict[str, Any]:
    """What was found again of a trial's ``summary``: values by name, and in words what could not be.

    Under hold-out these are its metrics of the validation rows, the score among them. Under cross-validation the final
    model has seen all rows, so that only its own metric on these can be held against what is stored.

    Args:
        where: the file that the summary was read from.

    Raises:
        HoldoutError: a value is another one than the stored one.
    """
    plain = replace(model, threshold=None)  # scores are of the largest output, whatever is decided by
    if _scheme(settings) == "hold_out":
        if settings.get("validation", {}).get("seeds", 1) > 1:
            kept = _measured(plain, validation, "kept")
            kept = {name: value for name, value in kept.items() if name in summary["metrics"]}
            _compare(kept, summary["metrics"], _undecided(plain, validation), where)
            return {"found": kept, "not": SEEDS}
        found = _measured(plain, validation, "validation")
        wanted = {name: value for name, value in found.items() if name in summary["metrics"]}
        wanted |= {summary["metric"]: found.get(summary["metric"])}
        stored = summary["metrics"] | {summary["metric"]: summary["score"]}
        _compare(wanted, stored, _undecided(plain, validation), where)
        return {"found": wanted, "not": ""}
    if settings.get("measuring", {}).get("measured_rows"):
        return {"found": {}, "not": SOME}
    name, rows = f"train/{main_metric(model.schema)}", train + validation
    found = {name: _measured(plain, rows, "train")[name]}
    _compare(found, summary["metrics"], _undecided(plain, rows), where)
    return {"found": found, "not": FOLDS.format(name)}


def _scheme(settings: Mapping[str, Any]) -> str:
    return str(settings.get("validation", {}).get("name", "hold_out"))


def _measured(model: Model, rows: Rows, part: str) -> dict[str, float]:
    with one_thread():  # the same bits whatever the number of cores
        values = score(model, rows.X, rows.y, rows.importance)
    return {f"{part}/{name}": value for name, value in values.items()}


def _undecided(model: Model, rows: Rows) -> float:
    """The share of the rows that rounding alone could give to another class; 0 for other tasks."""
    if model.schema.task != CLASSIFICATION:
        return 0.0
    with one_thread():
        first, second = np.sort(model.outputs(model.readout(rows.X)), axis=1)[:, :-3:-1].T
    near = first - second < NEAR * (1 + np.abs(first))
    return float(mean(near, rows.importance))


def _compare(found: Mapping[str, Any], stored: Mapping[str, Any], undecided: float, where: Path) -> None:
    for name, value in found.items():
        kept: Any = stored.get(name)
        slack = 1e-9 + (undecided if name.endswith(("/error", "/accuracy")) else 0.0)
        if not (finite(kept) and finite(value) and math.isclose(float(kept), value, rel_tol=NEAR, abs_tol=slack)):
            raise HoldoutError(
                f"{where}: {name}: stored {_shown(kept)}, recomputed {_shown(value)} from the weights beside it: delete"
                " the trial's folder, here and in .trials/, and run `dvc repro`"
            )


def _shown(value: Any) -> str:
    return f"{value:.4f}" if finite(value) else str(value)
