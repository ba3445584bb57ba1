"""Writes sweeps as parent runs and trials as runs nested below them; writes nothing that is already there."""

import socket

from mlflow.entities import Run

from pipeline.storage.places import TRIALS
from pipeline.tracking import described
from pipeline.tracking.contents import Contents, selected
from pipeline.tracking.given_files import log_files
from pipeline.tracking.memory import Identity
from pipeline.tracking.names import distinct, run_names
from pipeline.tracking.provenance import data_inputs
from pipeline.tracking.runs import Runs, deleted
from pipeline.trials.folder import MODEL, RUNNING, SETTINGS, Trial
from pipeline.trials.processes import alive

STAR = "★ "  # before the name of the selected trial


def write_sweep(runs: Runs, experiment: str, trials: list[Trial], ended: bool) -> None:
    """Bring the parent of ``experiment`` and its children up to date.

    Args:
        ended: no further trial follows; else a parent that is running stays so between two trials.
    """
    key = ("sweep", experiment, "")
    if deleted(runs.get(key)) or not trials:
        return
    if key not in runs:
        runs.create(key, experiment, described.start_of(trials[0]), {"holdout.host": socket.gethostname()})
    names = _names(runs, experiment, trials)
    for trial in trials:
        _write_trial(runs, trial, names[trial.key])
    runs.retire(lambda other: other[:2] == ("trial", experiment) and other[2] not in names)
    _sum_up(runs, runs[key], trials, names, ended)


def _names(runs: Runs, experiment: str, trials: list[Trial]) -> dict[str, str]:
    """As ``_made_names``, made anew where there are other trials, or another is selected."""
    paper = selected()
    chosen = paper.get("experiment"), paper.get("chosen")
    of = [chosen, *((trial.key, trial.grid) for trial in trials)]
    if runs.named.get(experiment, ([],))[0] != of:
        runs.named[experiment] = of, _made_names(trials, chosen)
    return runs.named[experiment][1]


def _made_names(trials: list[Trial], chosen: tuple[object, object]) -> dict[str, str]:
    """A name for each trial, by key, of what varies in its own grid; the selected one's has a star."""
    grids = dict.fromkeys(trial.grid for trial in trials)
    parts = [{one.key: described.settings(one) for one in trials if one.grid == grid} for grid in grids]
    names = distinct({key: name for part in parts for key, name in run_names(part).items()})
    stars = {one.key for one in trials if (one.experiment, one.key) == chosen}
    return {key: f"{STAR}{name}" if key in stars else name for key, name in names.items()}


def write_past(runs: Runs, found: Contents) -> None:
    """Show again the trials of earlier sweeps whose files are still in the store."""
    for experiment in found.sweeps:
        for key in runs.memory.past(experiment):
            run_key = ("trial", experiment, key)
            trial = None if run_key in runs or not runs.ours(experiment, key) else found.trial(experiment, key)
            if trial and trial.status != RUNNING and trial.folder.is_relative_to(TRIALS):
                name = (runs.memory.name(run_key) or key[:8]).removeprefix(STAR)
                _write_trial(runs, trial, name, stale=True)


def close_left(runs: Runs, found: Contents) -> None:
    """End the runs that no sweep on disk holds any more and whose process is gone from this machine."""
    current = {("trial", name, trial.key) for name, trials in found.sweeps.items() for trial in trials}
    current |= {("sweep", name, "") for name, trials in found.sweeps.items() if trials}
    for key, run in runs.there().items():
        if key in current or run.info.status != "RUNNING":
            continue
        if key[0] == "trial":
            _close_trial(runs, key, run, found)
        elif key[0] == "sweep" and run.data.tags.get("holdout.host") == socket.gethostname():
            runs.client.set_terminated(run.info.run_id, "KILLED")


def _close_trial(runs: Runs, key: Identity, run: Run, found: Contents) -> None:
    trial = found.trial(*key[1:])
    process = {name: run.data.tags.get(f"holdout.{name}") for name in described.PROCESS}
    if trial and trial.status != RUNNING:
        _write_trial(runs, trial, run.info.run_name, stale=True)
    elif not trial and process["host"] and not alive(process):
        runs.client.set_terminated(run.info.run_id, "KILLED")


def _write_trial(runs: Runs, trial: Trial, name: str, stale: bool = False) -> None:
    key = ("trial", trial.experiment, trial.key)
    parent = runs.get(("sweep", trial.experiment, ""))
    tags = {"holdout.stale": str(stale).lower(), **({} if stale else {"holdout.sweep": trial.sweep})}
    tags |= {"mlflow.parentRunId": parent.info.run_id} if parent else {}
    run = runs.get(key) or runs.create(key, name, described.start_of(trial), tags)
    wanted = described.status(trial)
    if deleted(run):
        return
    if run.info.run_name != name:
        runs.client.update_run(run.info.run_id, name=name)
    if wanted == "RUNNING" != run.info.status:
        runs.client.update_run(run.info.run_id, status="RUNNING")
    ended = run.info.status == wanted and run.data.tags.get("holdout.status") == trial.status
    if ended and wanted != "RUNNING":
        runs.log(run, tags=tags)
    else:
        _catch_up(runs, run, trial, tags)


def _catch_up(runs: Runs, run: Run, trial: Trial, tags: dict[str, str]) -> None:
    """Log what is new; at the trial's end also what came out, its files and its status."""
    ended = trial.status != RUNNING
    points, tags = described.curves(trial, runs.shown_until(run)), tags | described.process(trial)
    if ended:
        points, tags = points + described.outcome(trial.summary), tags | described.ending(trial)
    runs.log(run, points, tags, described.settings(trial))
    inputs = [] if run.inputs and run.inputs.dataset_inputs else data_inputs()
    if inputs and tags["holdout.stale"] == "false":
        runs.client.log_inputs(run.info.run_id, inputs)
    if ended:
        _end(runs, run, trial)


def _end(runs: Runs, run: Run, trial: Trial) -> None:
    paths = (trial.folder / name for name in (MODEL, SETTINGS))
    log_files(runs.client, run, *(path for path in paths if path.exists()))
    if trial.finished:
        for tag in {"holdout.reason", "mlflow.note.content"} & run.data.tags.keys():  # it failed once
            runs.client.delete_tag(run.info.run_id, tag)
    end = described.end_of(trial) or described.now()
    runs.client.set_terminated(run.info.run_id, described.status(trial), end)
    # Last: a pass that dies before this line is made up for by the next one.
    runs.client.set_tag(run.info.run_id, "holdout.status", trial.status)


def _sum_up(runs: Runs, parent: Run, trials: list[Trial], names: dict[str, str], ended: bool) -> None:
    best = described.best(trials)
    points = described.numbers({f"{described.WHEN_BEST}/score": best.summary["score"]} if best else {})
    runs.log(parent, points, {"mlflow.note.content": described.note(trials, names)})
    wanted, now = described.status_of_sweep(trials), parent.info.status
    if not ended and now == "RUNNING":
        return
    if wanted == "RUNNING" != now:
        runs.client.update_run(parent.info.run_id, status=wanted)
    elif wanted != now:
        ends = filter(None, map(described.end_of, trials))
        runs.client.set_terminated(parent.info.run_id, wanted, max(ends, default=described.now()))
