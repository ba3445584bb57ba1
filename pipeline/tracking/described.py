"""A trial, and a sweep of them, in MLflow's words, as plain values: points of curves, tags, statuses, a note."""

import datetime
import math
import sys
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from pipeline.readable import score_text
from pipeline.trials.folder import FINISHED, KILLED, PAUSED, PRUNED, RUNNING, Trial, flatten

STATUS = {RUNNING: "RUNNING", PAUSED: "SCHEDULED", KILLED: "KILLED", FINISHED: "FINISHED", PRUNED: "FINISHED"}
WAITS = {
    KILLED: "the process that trained it is gone; run the sweep again to finish it",
    PAUSED: "it waits for the others of its search; if that was ended, run it again",
}
PROCESS = ("host", "pid", "process_start")  # of the process that trains, by which its death can be seen
WHEN_BEST, WITHIN = "when best", "within"  # sort after train and validation, whose curves pages show first
LARGEST = sys.float_info.max  # what MLflow keeps of infinity


class Point(NamedTuple):
    """One value of one metric; ``moment``: milliseconds since 1970."""

    name: str
    value: float
    moment: int
    step: int


def now() -> int:
    return int(time.time() * 1000)


def milliseconds(moment: Any) -> int | None:
    """An ISO time or seconds since 1970 as MLflow's milliseconds; None if there is none."""
    if isinstance(moment, str):
        return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
    return round(moment * 1000) if isinstance(moment, int | float) else None


def start_of(trial: Trial) -> int | None:
    return milliseconds(trial.run.get("started"))


def end_of(trial: Trial) -> int | None:
    return milliseconds(trial.run.get("finished"))


def status(trial: Trial) -> str:
    """MLflow's word for what became of the trial; one that diverged or failed is FAILED, a pruned one FINISHED."""
    return STATUS.get(trial.status, "FAILED")


def settings(trial: Trial) -> dict[str, Any]:
    """``{"optimizer.learning_rate": 0.1, …}``"""
    return flatten(trial.settings)


def curves(trial: Trial, since: int = 0) -> list[Point]:
    """One point per metric and epoch, from epoch ``since`` on."""
    history = {_shown(name): values for name, values in trial.history_so_far().items()}
    epochs = [int(epoch) for epoch in history.pop("epoch", ())]
    start, end, last = start_of(trial), end_of(trial), max(epochs, default=1) or 1

    def moment(epoch: int) -> int:
        # Only start and end of a finished trial are known: its epochs are spread evenly between them.
        return start + (end - start) * epoch // last if start and end else now()

    return [
        Point(name, max(min(values[place], LARGEST), -LARGEST), moment(epoch), epoch)
        for place, epoch in enumerate(epochs)
        if epoch >= since
        for name, values in history.items()
    ]


def _shown(name: str) -> str:
    """The name of a metric in MLflow, whose pages sort them by letters: ``layer1/saturated`` is within the network."""
    return f"{WITHIN}/{name}" if name.startswith("layer") else name


def at_best(metrics: dict[str, Any]) -> dict[str, Any]:
    """The metrics of the epoch whose weights were kept, by their names in MLflow."""
    return {f"{WHEN_BEST}/{name}": value for name, value in metrics.items()}


def outcome(summary: dict[str, Any]) -> list[Point]:
    """What came out of a trial, as its summary.json has it."""
    facts = at_best(summary.get("metrics", {})) | {f"{WHEN_BEST}/epoch": summary.get("best_epoch")}
    return numbers({**facts, **{name: summary.get(name) for name in ("score", "epochs", "parameters")}})


def numbers(facts: dict[str, Any]) -> list[Point]:
    """The finite numbers among ``facts``, as points of this moment."""
    moment = now()
    real = {name: value for name, value in facts.items() if isinstance(value, int | float)}
    return [Point(name, float(value), moment, 0) for name, value in real.items() if math.isfinite(value)]


def process(trial: Trial) -> dict[str, str]:
    """Tags that say which process trains."""
    return {f"holdout.{name}": str(trial.run[name]) for name in PROCESS if name in trial.run}


def ending(trial: Trial) -> dict[str, str]:
    """Tags that say why the trial ended, and what went wrong if it didn't finish."""
    tags = {"holdout.stopped_by": str(trial.summary.get("stopped_by") or trial.status)}
    reason = WAITS.get(trial.status) or trial.summary.get("reason") or ""
    if not trial.finished:
        tags |= {"holdout.reason": reason, "mlflow.note.content": f"**{trial.status}**: {reason}"}
    return tags


def best(trials: Iterable[Trial]) -> Trial | None:
    """The finished trial with the best score; None if none has any."""
    scored = [trial for trial in trials if trial.finished and isinstance(trial.summary.get("score"), int | float)]
    return min(scored, key=lambda trial: (trial.summary["score"], trial.key), default=None)


def note(trials: list[Trial], names: dict[str, str]) -> str:
    """What a person reads on the sweep's own page: how many trials ended how, and the best of them."""
    text = f"{len(trials)} trials: {_counts(trials)}."
    if first := best(trials):
        metric, score = first.summary.get("metric", "score"), first.summary["score"]
        text += f" Best {metric}: **{score_text(metric, score)}** ({names[first.key]})."
    return text


def _counts(trials: Iterable[Trial]) -> str:
    statuses = [trial.status for trial in trials]
    return ", ".join(f"{statuses.count(status)} {status}" for status in sorted(set(statuses)))


def status_of_sweep(trials: Iterable[Trial]) -> str:
    """MLflow's word for what became of the sweep; RUNNING as long as one of its trials does."""
    found = {trial.status for trial in trials}
    if RUNNING in found:
        return "RUNNING"
    if found & {KILLED, PAUSED}:
        return "KILLED"
    return "FINISHED" if found & {FINISHED, PRUNED} else "FAILED"
