"""The test score in MLflow: on the evaluation run, and nowhere else."""

from typing import Any

from mlflow.entities import Run

from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.places import REPORTS, SELECTED
from pipeline.tracking.destination import Destination
from pipeline.tracking.runs import Runs, log, numbers, own_run
from pipeline.tracking.store import flatten, read_object

METRICS = REPORTS / "metrics.json"


def write_evaluation(to: Destination, runs: Runs) -> None:
    """Show reports/metrics.json on a run of its own; a new test score makes the older run stale."""
    values = read_object(METRICS)
    if not values:
        return
    key = file_digest(METRICS)
    run = own_run(to, runs, "evaluate", key, "test score")
    if run is not None and run.info.status == "RUNNING":
        _describe(to, run, values)


def _describe(to: Destination, run: Run, values: dict[str, Any]) -> None:
    facts = _named(values)
    # Apart from the run's own holdout.key and holdout.experiment, by which the next pass knows it again.
    texts = {f"holdout.selected.{name}": value for name, value in facts.items() if isinstance(value, str)}
    weights = SELECTED / "model.npz"
    if weights.exists():
        texts["holdout.model_sha256"] = file_digest(weights)
    texts["mlflow.note.content"] = "The selected model on the test set, which nothing else has opened."
    to.client.log_artifact(run.info.run_id, str(METRICS))
    log(to, run, numbers(facts), texts)
    to.client.set_terminated(run.info.run_id, "FINISHED")


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """Flat facts; a pair of numbers, as an interval is, becomes …/low and …/high."""
    facts: dict[str, Any] = {}
    for name, value in flatten(values).items():
        if isinstance(value, list) and len(value) == 2:
            facts |= {f"{name}/low": value[0], f"{name}/high": value[1]}
        else:
            facts[name] = value
    return facts
