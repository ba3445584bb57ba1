"""From pass to pass a mirror knows what MLflow has by its own calls; it looks again where others may have written."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.tracking import contents, registry, runs, sync
from tests.tracking import fake_store
from tests.tracking.conftest import Shown, mlflow

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows each time that the runs are looked for in MLflow."""
    seen: list[Any] = []
    found = runs._found
    monkeypatch.setattr(runs, "_found", lambda to: seen.append(to) or found(to))
    return seen


def _grow(key: str, epochs: int) -> None:
    fake_store.record("baseline", key, 3)
    fake_store.running_trial(key, epochs)


def _steps(shown: Shown, key: str) -> list[int]:
    points = shown.client.get_metric_history(shown.trial(key).info.run_id, "train/loss")
    return sorted(point.step for point in points)


def test_passes_in_between_go_on_where_the_one_before_ended(show: Show, looks: list[Any]) -> None:
    copying = sync.Copying()
    for epochs in (1, 2, 4):
        _grow("live", epochs)
        copying.news(False)
    assert len(looks) == 1
    fake_store.running_trial("live", 1, **fake_store.DEAD)
    fake_store.finished_trial("live", fake_store.settings(0.1, 30), 0.02)
    copying.news(False)
    assert len(looks) == 1
    shown = show()
    assert _steps(shown, "live") == [0, 1, 2, 3, 4]
    assert shown.trial("live").info.status == "FINISHED"


def test_after_another_mirror_of_the_folder_it_looks_again(show: Show, looks: list[Any]) -> None:
    copying = sync.Copying()
    copying.news(False)
    _grow("live", 2)
    show()  # makes the run of the new trial
    _grow("live", 3)
    copying.news(False)
    assert len(looks) == 3
    assert _steps(show(), "live") == [0, 1, 2]


def test_after_a_pass_that_failed_it_looks_again(show: Show, monkeypatch: pytest.MonkeyPatch, looks: list[Any]) -> None:
    copying = sync.Copying()
    copying.news(False)
    _grow("live", 2)
    with monkeypatch.context() as broken:
        broken.setattr(registry, "write_selection", _fails)
        with pytest.raises(ConnectionError):
            copying.news(False)
    _grow("live", 3)
    copying.news(False)
    assert len(looks) == 2
    assert _steps(show(), "live") == [0, 1, 2]


def _fails(runs: Any) -> None:
    raise ConnectionError("the server is gone")


def test_a_run_that_a_person_deletes_between_two_passes_stays_deleted(show: Show) -> None:
    copying = sync.Copying()
    _grow("live", 1)
    copying.news(False)
    shown = show()
    copying.news(False)  # so that it knows the runs again
    shown.client.delete_run(shown.trial("live").info.run_id)
    _grow("live", 2)
    with pytest.raises(mlflow.exceptions.MlflowException, match="active"):  # which `follow` takes for a pass to repeat
        copying.news(False)
    copying.news(False)
    assert "live" not in {run.data.tags["holdout.key"] for run in show().stage("trial")}


def test_the_last_pass_looks_for_itself(show: Show, looks: list[Any]) -> None:
    copying = sync.Copying()
    copying.news(False)
    _grow("live", 1)
    copying.news(True)
    assert len(looks) == 2


def test_a_trial_that_has_ended_is_read_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = contents.find_trial
    monkeypatch.setattr(contents, "find_trial", lambda experiment, key: asked.append(key) or find(experiment, key))
    first = contents.Contents()
    fake_store.finished_trial("a1", fake_store.settings(0.01, 30), 0.08, "diverged")
    second = contents.Contents(first)
    assert sorted(asked) == ["a0", "a1", "a1", "a2", "b0", "b1", "b2"]
    assert second.trial("baseline", "a1").status == "diverged"
    fake_store.running_trial("a0", 1)
    assert contents.Contents(second).trial("baseline", "a0").status == "running"
