"""The candidates in the order of selection: by the rule and the metric that params.yaml names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.arithmetic.totals import deviation, mean, total
from pipeline.configuration.choosing import BEST, METRICS, ONE_STANDARD_ERROR, SelectionParams
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.targets import columns
from pipeline.fields import finite, shown
from pipeline.sealing.certificate import choose
from pipeline.storage.models import read_model
from pipeline.storage.parts import OpenData
from pipeline.training.breakdown import row_scores
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model
from pipeline.trials.folder import Trial

Array = np.ndarray
Score = Callable[[Model, Array, Rows], float]  # by the readout of the rows
GREATER = ("balanced_accuracy", "macro_f1", "roc_auc", "average_precision", "r2")  # is better
MEANS = ("error", "loss", "squared_error", "mse", "relative_mse", "mae")  # over rows
HELD_OUT = "hold_out"
RULES = {
    BEST: "best validation score; among equals fewer parameters, then the first hash of the settings",
    ONE_STANDARD_ERROR: "fewest parameters within one standard error of the best validation score; among equals the "
    "better score, then the first hash of the settings",
}
DRAWS, SEED = 500, 559


@dataclass(frozen=True)
class Ranking:
    """trials: the chosen one first, then as the rule prefers them; scores: of each, by its key; metric: with its part;
    greater: whether more is better; standard_error: of the best score, where the rule needs it.
    """

    trials: list[Trial]
    scores: dict[str, float]
    metric: str
    how: SelectionParams
    greater: bool
    standard_error: float | None

    @property
    def rule(self) -> str:
        """In words."""
        return RULES[self.how.rule]


def rank(trials: Sequence[Trial], how: SelectionParams, data: OpenData) -> Ranking:
    """
    Raises:
        HoldoutError: no trial has finished (the message lists why), a score is not finite, or the metric can't be had.
    """
    finished = _finished(trials)
    metric = f"validation/{how.metric}" if how.metric else finished[0].summary["metric"]
    scores = {trial.key: _score(trial, how.metric, data) for trial in finished}
    greater = metric.removeprefix("validation/") in GREATER
    sign = -1 if greater else 1
    ordered = sorted(finished, key=lambda trial: (sign * scores[trial.key], *_simplest(trial)))
    error = _standard_error(ordered[0], metric, data) if how.rule == ONE_STANDARD_ERROR else None
    entries = [one.summary | {"score": scores[one.key]} for one in ordered]
    chosen = choose(entries, greater, error)["key"]
    ordered.sort(key=lambda trial: trial.key != chosen)
    return Ranking(ordered, scores, metric, how, greater, error)


def _simplest(trial: Trial) -> tuple[int, str]:
    return trial.summary["parameters"], trial.summary["settings_sha256"]


def _finished(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that may be chosen, each key once."""
    finished = {trial.key: trial for trial in reversed(trials) if trial.finished and not trial.teaching}
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
    return list(finished.values())


def _failure(trial: Trial) -> str:
    why = "is of a teaching experiment" if trial.teaching else f"{trial.status}: {trial.summary['reason']}"
    return f"{trial.experiment} {trial.key} {why}"


def _score(trial: Trial, metric: str | None, data: OpenData) -> float:
    """The trial's own score, or another metric of the validation rows."""
    if metric is None:
        return float(trial.summary["score"])
    tasks = METRICS[metric]
    if data.card.task not in tasks:
        allowed = ", ".join(name for name, some in METRICS.items() if data.card.task in some)
        raise _refused(metric, f"is not for {data.card.task}: allowed are {allowed}, or null")
    stored = trial.summary["metrics"].get(f"validation/{metric}")
    if metric not in SCORES or not held_out(trial) or seeds_of(trial) > 1:
        if not finite(stored):
            why = ", for its networks are not all kept" if metric in SCORES else ""
            raise _refused(metric, f"is not known of {trial.experiment}/{trial.key}{why}: use another, or null")
        return float(stored)
    model = _plain(trial)
    with one_thread():
        found = _measured(metric, model, model.readout(data.validation.X), data.validation)
    if not finite(found):
        raise _refused(metric, f"has no finite value for {trial.experiment}/{trial.key}: use another, or null")
    return found


def _refused(metric: str, text: str) -> HoldoutError:
    return HoldoutError(f"params.yaml: selection.metric={metric} {text}")


def held_out(trial: Trial) -> bool:
    """Whether its validation rows are no rows of its training."""
    return bool(trial.settings.get("validation", {}).get("name", HELD_OUT) == HELD_OUT)


def seeds_of(trial: Trial) -> int:
    """How many networks its score is a mean over."""
    return int(trial.settings.get("validation", {}).get("seeds", 1))


def _plain(trial: Trial) -> Model:
    """Its model without a threshold: trials are compared by the largest output."""
    return replace(read_model(trial.model), threshold=None)


def _measured(metric: str, model: Model, z: Array, rows: Rows) -> float:
    try:
        return SCORES[metric](model, z, rows)
    except ValueError as error:  # as where a class has no validation row
        raise _refused(metric, f"can't be computed on the validation rows ({' '.join(str(error).split())})") from None


def _balanced(model: Model, z: Array, rows: Rows) -> float:
    from sklearn.metrics import recall_score

    found = model.decode(z)
    weights = rows.importance
    return float(recall_score(rows.y, found, labels=np.unique(rows.y), average="macro", sample_weight=weights))


def _macro_f1(model: Model, z: Array, rows: Rows) -> float:
    from sklearn.metrics import f1_score

    y, found = rows.y, model.decode(z)
    return float(f1_score(y, found, average="macro", sample_weight=rows.importance, zero_division=0))


def _ranked_by(name: str) -> Score:
    """A mean over the classes, or labels, of one against the others; of two classes the second alone."""

    def score(model: Model, z: Array, rows: Rows) -> float:
        from sklearn import metrics

        found, y = model.outputs(z), rows.y
        flags = y if y.ndim > 1 else y[:, None] == np.arange(found.shape[1])
        places = range(1, 2) if y.ndim == 1 and found.shape[1] == 2 else range(found.shape[1])
        if not all(0 < flags[:, place].sum() < len(flags) for place in places):
            raise ValueError("each class needs a row, and a row of another one")
        one = getattr(metrics, name)
        return float(mean(np.array([one(flags[:, j], found[:, j], sample_weight=rows.importance) for j in places])))

    return score


def _of_values(name: str) -> Score:
    """Of several targets the mean over them."""

    def score(model: Model, z: Array, rows: Rows) -> float:
        from sklearn import metrics

        y, found = columns(rows.y), columns(model.decode(z))
        return float(getattr(metrics, name)(y, found, sample_weight=rows.importance))

    return score


# By scikit-learn; the other metrics are measured while a trial is trained.
SCORES: dict[str, Score] = {
    "balanced_accuracy": _balanced,
    "macro_f1": _macro_f1,
    "roc_auc": _ranked_by("roc_auc_score"),
    "average_precision": _ranked_by("average_precision_score"),
    "mae": _of_values("mean_absolute_error"),
    "r2": _of_values("r2_score"),
}


def _standard_error(best: Trial, metric: str, data: OpenData) -> float:
    """Of the best trial's score: over the rows it was measured on, or over its folds."""
    name, rows = metric.removeprefix("validation/"), data.validation
    if not held_out(best):
        spread = best.summary["metrics"].get(f"{metric}_spread")
        if not finite(spread):
            raise HoldoutError(f"params.yaml: selection.rule={ONE_STANDARD_ERROR}: no spread of {metric} is known")
        return float(spread / np.sqrt(_parts(best.settings, data)))
    model = _plain(best)
    with one_thread():
        if name in MEANS:
            return _of_mean(row_scores(model, rows, name), rows.importance)
        return _of_draws(lambda some: _measured(name, model, model.readout(some.X), some), rows)


def _parts(settings: Mapping[str, Any], data: OpenData) -> int:
    """How many trainings the spread is over; to deal the same rows again makes them no more."""
    how = settings["validation"]
    count = len(data.train) + len(data.validation) if how["name"] == "leave_one_out" else how["folds"]
    return int(count)


def _of_mean(values: Array, weights: Array | None) -> float:
    """σ/√n of a mean; by weights with n = (Σw)²/Σw²."""
    if weights is None:
        return float(deviation(values) / np.sqrt(len(values)))
    size = float(np.square(total(weights)) / total(np.square(weights)))
    return float(np.sqrt(mean(np.square(values - mean(values, weights)), weights) / max(size - 1, 1)))


def _of_draws(score: Callable[[Rows], float], rows: Rows) -> float:
    """By a seeded bootstrap of the rows; draws without a value, as of one class alone, are left out."""
    rng, found = np.random.default_rng(SEED), []
    for _ in range(DRAWS):
        try:
            found.append(score(rows.take(rng.integers(len(rows), size=len(rows)))))
        except HoldoutError:
            continue
    return float(deviation(np.array(found))) if len(found) > 1 else 0.0
