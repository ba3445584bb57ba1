"""Writes sweeps as parent runs and trials as their children; writes nothing that is already there."""

import math
import time
from collections.abc import Iterable
from typing import Any

from mlflow.entities import Metric, Param, Run, RunTag

from pipeline.tracking.destination import Destination, deleted, identity
from pipeline.tracking.facts import commit_tags, data_inputs
from pipeline.tracking.names import run_names, text_of
from pipeline.tracking.store import KILLED, RUNNING, Trial, milliseconds

Runs = dict[tuple[str, ...], Run]
STATUS = {RUNNING: "RUNNING", KILLED: "KILLED", "finished": "FINISHED"}
ARTIFACTS = ("model.npz", "settings.json")
BATCH = 1000  # MLflow's limit of metrics per call


def now() -> int:
    return int(time.time() * 1000)


def write_sweep(to: Destination, runs: Runs, experiment: str, trials: list[Trial], final: bool) -> None:
    """Bring the parent of ``experiment`` and its children up to date."""
    key = ("sweep", experiment, "")
    if deleted(runs.get(key)) or not trials:
        return
    parent = runs.get(key) or _create(to, key, experiment, milliseconds(trials[0].run.get("started")), {})
    names = run_names({trial.key: trial.settings for trial in trials})
    for trial in trials:
        _write_trial(to, runs.get(("trial", experiment, trial.key)), trial, parent.info.run_id, names[trial.key])
    current = {trial.key for trial in trials}
    for (stage, name, trial_key), run in runs.items():
        if stage == "trial" and name == experiment and trial_key not in current and not deleted(run):
            set_tags(to, run, {"holdout.stale": "true"})
    _sum_up(to, parent, trials, final)


def _create(to: Destination, key: tuple[str, ...], name: str, start: int | None, tags: dict[str, str]) -> Run:
    words = dict(zip(("holdout.stage", "holdout.experiment", "holdout.key"), key, strict=True))
    owned = {name: value for name, value in words.items() if value}
    every = {**owned, "holdout.stale": "false", "mlflow.source.name": "holdout", **commit_tags(), **tags}
    return to.client.create_run(to.experiment_id, start_time=start or now(), tags=every, run_name=name)


def set_tags(to: Destination, run: Run, tags: dict[str, str]) -> None:
    """Write the tags that differ from the run's, in one call if any."""
    changed = [RunTag(name, value) for name, value in tags.items() if run.data.tags.get(name) != value]
    if changed:
        to.client.log_batch(run.info.run_id, tags=changed)


def _write_trial(to: Destination, run: Run | None, trial: Trial, parent_id: str, name: str) -> None:
    if deleted(run):
        return
    if run is None:
        run = _begin(to, trial, parent_id, name)
    elif run.info.run_name != name:
        to.client.update_run(run.info.run_id, name=name)
    set_tags(to, run, {"holdout.stale": "false", "mlflow.parentRunId": parent_id})
    if trial.status == RUNNING and run.info.status != "RUNNING":
        to.client.update_run(run.info.run_id, status="RUNNING")
    if run.data.tags.get("holdout.status") != trial.status or trial.status == RUNNING:
        _catch_up(to, run, trial)


def _begin(to: Destination, trial: Trial, parent_id: str, name: str) -> Run:
    key = ("trial", trial.experiment, trial.key)
    tags = {"mlflow.parentRunId": parent_id}
    run = _create(to, key, name, milliseconds(trial.run.get("started")), tags)
    settings = [Param(name, text_of(value)[:6000]) for name, value in trial.settings.items()]
    to.client.log_batch(run.info.run_id, params=settings)
    inputs = data_inputs()
    if inputs:
        to.client.log_inputs(run.info.run_id, inputs)
    return run


def _catch_up(to: Destination, run: Run, trial: Trial) -> None:
    """Log the epochs that are new; at the trial's end also its summary, artifacts and status."""
    # A trial that starts again gives the same bits, so it goes on from the last epoch that MLflow has.
    logged = int(run.data.tags.get("holdout.epochs", -1))
    history = [(epoch, values) for epoch, values in trial.history() if epoch > logged]
    metrics = _curves(trial, history)
    status = trial.status
    tags = {f"holdout.{name}": str(trial.run[name]) for name in ("host", "pid") if name in trial.run}
    tags["holdout.epochs"] = str(history[-1][0] if history else logged)
    if status != RUNNING:
        metrics += _summary(trial)
        tags |= _ending(trial)
    if trial.status == "finished" and "holdout.reason" in run.data.tags:  # it failed once
        tags |= {"holdout.reason": "", "mlflow.note.content": ""}
    new = {name: value for name, value in tags.items() if run.data.tags.get(name) != value}
    if metrics or new:
        log(to, run.info.run_id, metrics, new)
    if status != RUNNING:
        _end(to, run, trial)


def _end(to: Destination, run: Run, trial: Trial) -> None:
    for name in ARTIFACTS:
        if (trial.folder / name).exists():
            to.client.log_artifact(run.info.run_id, str(trial.folder / name))
    finished = milliseconds(trial.run.get("finished"))
    to.client.set_terminated(run.info.run_id, STATUS.get(trial.status, "FAILED"), finished or now())
    # Last: a pass that dies before this line is made up for by the next one.
    to.client.set_tag(run.info.run_id, "holdout.status", trial.status)


def log(to: Destination, run_id: str, metrics: list[Metric], tags: dict[str, str]) -> None:
    """Log metrics, then tags: the tags say how far the metrics got."""
    for start in range(0, len(metrics), BATCH):
        to.client.log_batch(run_id, metrics=metrics[start : start + BATCH])
    to.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])


def _curves(trial: Trial, history: list[tuple[int, dict[str, float]]]) -> list[Metric]:
    start, end = (milliseconds(trial.run.get(name)) for name in ("started", "finished"))
    last = max((epoch for epoch, _ in history), default=1) or 1

    def moment(epoch: int) -> int:
        # Only start and end of a finished trial are known: its epochs are spread evenly between them.
        return start + (end - start) * epoch // last if start and end else now()

    return [Metric(name, value, moment(epoch), epoch) for epoch, values in history for name, value in values.items()]


def _summary(trial: Trial) -> list[Metric]:
    facts = {f"best/{name}": value for name, value in trial.summary.get("metrics", {}).items()}
    facts |= {"best/epoch": trial.summary.get("best_epoch"), "score": trial.summary.get("score")}
    facts |= {name: trial.summary.get(name) for name in ("epochs", "parameters")}
    return numbers(facts)


def numbers(facts: dict[str, Any]) -> list[Metric]:
    """The finite numbers among ``facts``, as metrics of this moment."""
    moment = now()
    real = {name: value for name, value in facts.items() if isinstance(value, int | float)}
    return [Metric(name, float(value), moment, 0) for name, value in real.items() if math.isfinite(value)]


def _ending(trial: Trial) -> dict[str, str]:
    tags = {"holdout.stopped_by": str(trial.summary.get("stopped_by") or trial.status)}
    reason = trial.summary.get("reason") or ""
    if trial.status == KILLED:
        reason = "the process that trained it is gone; run the sweep again to finish it"
    if trial.status != "finished":
        tags |= {"holdout.reason": reason, "mlflow.note.content": f"**{trial.status}**: {reason}"}
    return tags


def _count(trials: Iterable[Trial]) -> str:
    counts: dict[str, int] = {}
    for trial in trials:
        counts[trial.status] = counts.get(trial.status, 0) + 1
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def _sum_up(to: Destination, parent: Run, trials: list[Trial], final: bool) -> None:
    """What a person reads on the sweep's own page: how many trials ended how, and the best of them."""
    names = run_names({trial.key: trial.settings for trial in trials})
    scored = [trial for trial in trials if isinstance(trial.summary.get("score"), int | float)]
    best = min(scored, key=lambda trial: (trial.summary["score"], trial.key), default=None)
    note = f"{len(trials)} trials: {_count(trials)}."
    if best:
        score = best.summary["score"]
        note += f" Best {best.summary.get('metric', 'score')}: **{score:.4g}** ({names[best.key]})."
        if parent.data.metrics.get("best/score") != score:
            to.client.log_batch(parent.info.run_id, metrics=numbers({"best/score": score}))
    set_tags(to, parent, {"mlflow.note.content": note})
    busy = any(trial.status == RUNNING for trial in trials)
    done = "FINISHED" if any(trial.status == "finished" for trial in trials) else "FAILED"
    wanted = "RUNNING" if busy or (not final and parent.info.status == "RUNNING") else done
    if wanted == "RUNNING" != parent.info.status:
        to.client.update_run(parent.info.run_id, status=wanted)
    elif wanted != parent.info.status:
        ends = [milliseconds(trial.run.get("finished")) for trial in trials]
        to.client.set_terminated(parent.info.run_id, wanted, max(filter(None, ends), default=now()))


def own_run(to: Destination, runs: Runs, stage: str, key: str, name: str) -> Run | None:
    """The one run of ``stage`` that shows ``key``; older ones become stale. None if a person deleted it."""
    run = runs.get((stage, "", key)) or _create(to, (stage, "", key), name, None, {})
    for (other_stage, _, _), other in runs.items():
        if other_stage == stage and identity(other.data.tags)[2] != key and not deleted(other):
            set_tags(to, other, {"holdout.stale": "true"})
    if deleted(run):
        return None
    set_tags(to, run, {"holdout.stale": "false"})
    return run
