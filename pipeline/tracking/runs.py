"""Writes sweeps as parent runs and trials as their children; writes nothing that is already there."""

import math
import socket
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from mlflow.entities import Metric, Param, Run, RunTag

from pipeline.tracking import memory
from pipeline.tracking.destination import Destination, deleted, identity
from pipeline.tracking.facts import commit_tags, data_inputs
from pipeline.tracking.names import run_names, text_of
from pipeline.tracking.store import KILLED, RUNNING, STORE, Trial, alive, milliseconds, read_trial

Runs = dict[tuple[str, ...], Run]
STATUS = {RUNNING: "RUNNING", KILLED: "KILLED", "finished": "FINISHED"}
ARTIFACTS = ("model.npz", "settings.json")
METRICS, PARAMS = 800, 100  # per call; MLflow's limit is 1000 for all, tags too
FACTS = ("host", "pid", "process_start")  # of the process that trains, by which its death can be seen
LARGEST = sys.float_info.max  # what MLflow keeps of infinity


def now() -> int:
    return int(time.time() * 1000)


def write_sweep(to: Destination, runs: Runs, experiment: str, trials: list[Trial], final: bool) -> None:
    """Bring the parent of ``experiment`` and its children up to date."""
    key = ("sweep", experiment, "")
    if deleted(runs.get(key)) or not trials:
        return
    if key not in runs:
        runs[key] = _create(to, key, experiment, milliseconds(trials[0].run.get("started")), _host())
    names = run_names({trial.key: trial.settings for trial in trials})
    for trial in trials:
        _write_trial(to, runs, trial, names[trial.key])
    current = {trial.key for trial in trials}
    for (stage, name, trial_key), run in runs.items():
        if stage == "trial" and name == experiment and trial_key not in current and not deleted(run):
            set_tags(to, run, {"holdout.stale": "true"})
    _sum_up(to, runs[key], trials, final)


def write_past(to: Destination, runs: Runs, experiment: str) -> None:
    """Show again the trials of earlier sweeps whose files are still in the store."""
    for key in memory.past(experiment):
        name = ("trial", experiment, key)
        trial = None if name in runs else read_trial(experiment, key)
        if trial and trial.status != RUNNING and trial.folder.is_relative_to(STORE):
            _write_trial(to, runs, trial, memory.recall(name).get("name") or key[:8], stale=True)


def close_left(to: Destination, runs: Runs, sweeps: dict[str, list[Trial]]) -> None:
    """End the runs that no sweep on disk holds any more and whose process is gone from this machine."""
    current = {("trial", trial.experiment, trial.key) for trials in sweeps.values() for trial in trials}
    current |= {("sweep", experiment, "") for experiment, trials in sweeps.items() if trials}
    for key, run in runs.items():
        if key in current or deleted(run) or run.info.status != "RUNNING":
            continue
        if key[0] == "trial":
            _close_trial(to, runs, key, run)
        elif key[0] == "sweep" and run.data.tags.get("holdout.host") == socket.gethostname():
            to.client.set_terminated(run.info.run_id, "KILLED")


def _close_trial(to: Destination, runs: Runs, key: tuple[str, ...], run: Run) -> None:
    trial = read_trial(*key[1:])
    process = {name: run.data.tags.get(f"holdout.{name}") for name in FACTS}
    if trial and trial.status != RUNNING:
        _write_trial(to, runs, trial, run.info.run_name, stale=True)
    elif not trial and process["host"] and not alive(process):
        to.client.set_terminated(run.info.run_id, "KILLED")


def _host() -> dict[str, str]:
    return {"holdout.host": socket.gethostname()}


def _create(to: Destination, key: tuple[str, ...], name: str, start: int | None, tags: dict[str, str]) -> Run:
    words = dict(zip(("holdout.stage", "holdout.experiment", "holdout.key"), key, strict=True))
    owned = {name: value for name, value in words.items() if value}
    commit = memory.recall(key).get("tags") or commit_tags()
    every = {**owned, "holdout.stale": "false", "mlflow.source.name": "holdout", **commit, **tags}
    return to.client.create_run(to.experiment_id, start_time=start or now(), tags=every, run_name=name)


def set_tags(to: Destination, run: Run, tags: dict[str, str]) -> None:
    """Write the tags that differ from the run's, in one call if any."""
    log(to, run, [], tags)


def _write_trial(to: Destination, runs: Runs, trial: Trial, name: str, stale: bool = False) -> None:
    key = ("trial", trial.experiment, trial.key)
    parent = runs.get(("sweep", trial.experiment, ""))
    tags = {"holdout.stale": str(stale).lower()}
    tags |= {"mlflow.parentRunId": parent.info.run_id} if parent else {}
    if key not in runs:
        runs[key] = _create(to, key, name, milliseconds(trial.run.get("started")), tags)
    run, wanted = runs[key], STATUS.get(trial.status, "FAILED")
    if deleted(run):
        return
    if run.info.run_name != name:
        to.client.update_run(run.info.run_id, name=name)
    if wanted == "RUNNING" != run.info.status:
        to.client.update_run(run.info.run_id, status="RUNNING")
    ended = run.info.status == wanted and run.data.tags.get("holdout.status") == trial.status
    if ended and wanted != "RUNNING":
        set_tags(to, run, tags)
    else:
        _catch_up(to, run, trial, tags)


def _catch_up(to: Destination, run: Run, trial: Trial, tags: dict[str, str]) -> None:
    """Log what is new; at the trial's end also its summary, artifacts and status."""
    tags |= {f"holdout.{name}": str(trial.run[name]) for name in FACTS if name in trial.run}
    metrics = _curves(trial)
    if trial.status != RUNNING:
        metrics += _summary(trial)
        tags |= _ending(trial)
    log(to, run, metrics, tags, trial.settings)
    inputs = [] if run.inputs and run.inputs.dataset_inputs else data_inputs()
    if inputs and tags["holdout.stale"] == "false":
        to.client.log_inputs(run.info.run_id, inputs)
    if trial.status != RUNNING:
        _end(to, run, trial)


def _end(to: Destination, run: Run, trial: Trial) -> None:
    for name in ARTIFACTS:
        if (trial.folder / name).exists():
            to.client.log_artifact(run.info.run_id, str(trial.folder / name))
    if trial.status == "finished":
        for tag in {"holdout.reason", "mlflow.note.content"} & run.data.tags.keys():  # it failed once
            to.client.delete_tag(run.info.run_id, tag)
    finished = milliseconds(trial.run.get("finished"))
    to.client.set_terminated(run.info.run_id, STATUS.get(trial.status, "FAILED"), finished or now())
    # Last: a pass that dies before this line is made up for by the next one.
    to.client.set_tag(run.info.run_id, "holdout.status", trial.status)


def log(
    to: Destination, run: Run, metrics: list[Metric], tags: dict[str, str], params: dict[str, Any] | None = None
) -> None:
    """Log what the run lacks, in few calls; MLflow writes a call's tags last, and they may say that all is there."""
    named = {name: text_of(value)[:6000] for name, value in (params or {}).items()}
    lacking = [Param(name, value) for name, value in named.items() if name not in run.data.params]
    changed = [RunTag(name, value) for name, value in tags.items() if run.data.tags.get(name) != value]
    parts = list(zip_longest(_parts(lacking, PARAMS), _parts(_unlogged(run, metrics), METRICS), fillvalue=()))
    if not parts and changed:
        parts = [((), ())]
    for place, (some_params, some_metrics) in enumerate(parts, start=1):
        last = changed if place == len(parts) else []
        to.client.log_batch(run.info.run_id, metrics=some_metrics, params=some_params, tags=last)


def _parts(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _unlogged(run: Run, metrics: list[Metric]) -> list[Metric]:
    """The metrics that are later than the run's latest, or differ from it.

    A trial that starts again gives the same bits, so it goes on from the last epoch that MLflow has.
    """
    latest = {metric.key: (metric.step, metric.value) for metric in run.data.to_proto().metrics}

    def new(metric: Metric) -> bool:
        step, value = latest.get(metric.key, (-1, 0.0))
        same = metric.value == value or (math.isnan(metric.value) and math.isnan(value))
        return metric.step > step or (metric.step == step and not same)

    return [metric for metric in metrics if new(metric)]


def _curves(trial: Trial) -> list[Metric]:
    history = trial.history()
    start, end = (milliseconds(trial.run.get(name)) for name in ("started", "finished"))
    last = max((epoch for epoch, _ in history), default=1) or 1

    def moment(epoch: int) -> int:
        # Only start and end of a finished trial are known: its epochs are spread evenly between them.
        return start + (end - start) * epoch // last if start and end else now()

    return [
        Metric(name, max(min(value, LARGEST), -LARGEST), moment(epoch), epoch)
        for epoch, values in history
        for name, value in values.items()
    ]


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
    log(to, parent, numbers({"best/score": best.summary["score"]} if best else {}), {"mlflow.note.content": note})
    found = {trial.status for trial in trials}
    busy = RUNNING in found
    done = "KILLED" if KILLED in found else "FINISHED" if "finished" in found else "FAILED"
    wanted = "RUNNING" if busy or (not final and parent.info.status == "RUNNING") else done
    if wanted == "RUNNING" != parent.info.status:
        to.client.update_run(parent.info.run_id, status=wanted)
    elif wanted != parent.info.status:
        ends = [milliseconds(trial.run.get("finished")) for trial in trials]
        to.client.set_terminated(parent.info.run_id, wanted, max(filter(None, ends), default=now()))


def own_run(to: Destination, runs: Runs, stage: str, key: str, name: str) -> Run | None:
    """The one run of ``stage`` that shows ``key``; older ones become stale. None if a person deleted it."""
    if (stage, "", key) not in runs:
        runs[stage, "", key] = _create(to, (stage, "", key), name, None, {})
    run = runs[stage, "", key]
    for (other_stage, _, _), other in runs.items():
        if other_stage == stage and identity(other.data.tags)[2] != key and not deleted(other):
            set_tags(to, other, {"holdout.stale": "true"})
    if deleted(run):
        return None
    set_tags(to, run, {"holdout.stale": "false"})
    return run
