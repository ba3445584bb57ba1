"""The test score in MLflow: on the evaluation run, and nowhere else."""

from typing import Any

from mlflow.entities import Run

from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.documents import read_object
from pipeline.tracking.contents import TEST_SCORE, WEIGHTS, selected
from pipeline.tracking.described import numbers
from pipeline.tracking.logged import log
from pipeline.tracking.names import metric_name
from pipeline.tracking.runs import Runs
from pipeline.tracking.unlinked import unlinked
from pipeline.trials.folder import flatten


def write_evaluation(runs: Runs) -> None:
    """Show reports/metrics.json on a run of its own, if it is the selected model's; it makes the older run stale."""
    values = read_object(TEST_SCORE)
    if not values or values.get("model_sha256") != selected().get("model_sha256"):
        return
    run = runs.only("evaluate", file_digest(TEST_SCORE), "test score")
    if run is not None and run.info.status == "RUNNING":
        _describe(runs, run, values)


def _describe(runs: Runs, run: Run, values: dict[str, Any]) -> None:
    facts = _named(values)
    # Apart from the run's own holdout.key and holdout.experiment, by which the next pass knows it again.
    texts = {f"holdout.selected.{name}": value for name, value in facts.items() if isinstance(value, str)}
    if WEIGHTS.exists():
        texts["holdout.model_sha256"] = file_digest(WEIGHTS)
    texts["mlflow.note.content"] = "The selected model on the test set, which nothing else has opened."
    runs.client.log_artifact(run.info.run_id, unlinked(TEST_SCORE))
    log(runs.client, run, numbers(facts), texts)
    runs.client.set_terminated(run.info.run_id, "FINISHED")


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """Flat facts; a pair of numbers, as an interval is, becomes …/low and …/high."""
    facts: dict[str, Any] = {}
    for name, value in flatten(values).items():
        if isinstance(value, list) and len(value) == 2:
            facts |= {f"{name}/low": value[0], f"{name}/high": value[1]}
        else:
            facts[metric_name(name)] = value
    return facts
