"""Claims in MLflow: one run for each, in an experiment of their own; a new one when its results have changed."""

from pathlib import Path
from typing import Any

import mlflow
import pytest

from pipeline.storage import documents
from pipeline.tracking import laboratory
from pipeline.tracking.address import own_uri

pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own
RESULTS = {"losses": [[3.0, 2.0], [4.0, 1.0]], "special": {"place": 0.98}}
RECORD = {"claim": "valley", "number": "3b", "outcome": "confirmed", "numbers": "2 of 2."}


def keep(results: dict[str, Any]) -> None:
    documents.write_json(Path("claims/results/valley.json"), {**RECORD, "settings": {"rate": 0.1}, "results": results})


def runs() -> list[mlflow.entities.Run]:
    client = mlflow.MlflowClient(own_uri())
    experiment = client.get_experiment_by_name("holdout claims")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def test_each_claim_is_one_run_until_its_results_change(project: Path) -> None:
    keep(RESULTS)
    documents.write_text(Path("experiments/valley/README.md"), "# Valley\n")
    documents.write_text(Path("experiments/valley/figure.svg"), "<svg/>")
    assert [laboratory.show_claims(), laboratory.show_claims()] == [1, 0]
    (run,) = runs()
    assert run.info.run_name == "3b valley"
    assert run.data.params == {"rate": "0.1"}
    assert run.data.metrics == {"losses/1": 2.0, "losses/2": 1.0, "special/place": 0.98}
    assert run.data.tags["verdict"] == "confirmed"
    files = mlflow.MlflowClient(own_uri()).list_artifacts(run.info.run_id)
    assert [file.path for file in files] == ["figure.svg"]
    assert run.data.tags["mlflow.note.content"] == "# Valley\n"
    keep(RESULTS | {"special": {"place": 1.0}})
    assert laboratory.show_claims() == 1
    assert sorted(run.data.tags["holdout.stale"] for run in runs()) == ["false", "true"]


def test_curves_have_a_step_for_each_value() -> None:
    found = [(point.name, point.step, point.value) for point in laboratory.points(RESULTS, 0)]
    assert found[:3] == [("losses/1", 1, 3.0), ("losses/1", 2, 2.0), ("losses/2", 1, 4.0)]
    assert found[-1] == ("special/place", 0, 0.98)
