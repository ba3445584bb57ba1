"""The test score in MLflow: on the evaluation run, and nowhere else."""

import hashlib
from typing import Any

from mlflow.entities import Run

from pipeline.storage.digests import of_file as file_digest
from pipeline.storage.documents import read_object
from pipeline.tracking.contents import EVALUATION, TEST_SCORE, WEIGHTS, selected
from pipeline.tracking.described import numbers
from pipeline.tracking.given_files import log_files
from pipeline.tracking.names import metric_name
from pipeline.tracking.runs import Runs
from pipeline.trials.folder import flatten

RATES = ("labels", "targets", "threshold")


def write_evaluation(runs: Runs) -> None:
    """Show the test's metrics on a run of its own, if they are the selected model's; it makes the older run stale."""
    numbers_of, texts_of = read_object(TEST_SCORE), read_object(EVALUATION)
    if not numbers_of or not texts_of or texts_of.get("model_sha256") != selected().get("model_sha256"):
        return
    both = "".join(map(file_digest, (TEST_SCORE, EVALUATION)))
    run = runs.only("evaluate", hashlib.sha256(both.encode()).hexdigest(), "test score")
    if run is not None and run.info.status == "RUNNING":
        _describe(runs, run, {**_shown(texts_of), **numbers_of})


def _describe(runs: Runs, run: Run, values: dict[str, Any]) -> None:
    facts = _named(values)
    # Apart from the run's own holdout.key and holdout.experiment, by which the next pass knows it again.
    texts = {f"holdout.selected.{name}": value for name, value in facts.items() if isinstance(value, str)}
    if WEIGHTS.exists():
        texts["holdout.model_sha256"] = file_digest(WEIGHTS)
    texts["mlflow.note.content"] = "The selected model on the test set, which nothing else has opened."
    log_files(runs.client, run, TEST_SCORE)
    runs.log(run, numbers(facts), texts)
    runs.client.set_terminated(run.info.run_id, "FINISHED")


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    """What stands beside the numbers: texts, and rates by name; of the calibration its error."""
    error = (values.get("calibration") or {}).get("expected_error")
    shown = {name: value for name, value in values.items() if name in RATES or isinstance(value, str)}
    return {**shown, **({} if error is None else {"expected_calibration_error": error})}


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """Flat facts by names that MLflow takes."""
    flat = {name.replace("interval.", "interval/"): value for name, value in flatten(values).items()}
    return {metric_name(name): value for name, value in flat.items()}
