"""However a sweep, a trial, a pass or a process ends: MLflow says so, and nothing is marked as done before it is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from mlflow import MlflowClient

from pipeline.tracking import contents, destination, sync
from pipeline.tracking.address import own_uri
from tests.tracking import fake_store
from tests.tracking.conftest import Shown, picture

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


def _statuses(shown: Shown) -> dict[str, str]:
    """Status by trial, and of the sweep ``baseline``."""
    found = {run.data.tags["holdout.key"]: run.info.status for run in shown.stage("trial")}
    return found | {run.info.run_name: run.info.status for run in shown.stage("sweep")}


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def _facts(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    return {"pid": process.pid, "process_start": psutil.Process(process.pid).create_time()}


def test_a_killed_process_leaves_no_run_running_not_even_the_sweep(
    show: Show, other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen by the first pass of the next start, which is another stage's and has only begun."""
    fake_store.record("baseline", "live", 3)
    fake_store.running_trial("live", 2, **_facts(other))
    assert _statuses(show()) | {"live": "RUNNING", "baseline": "RUNNING"} == _statuses(show())
    other.send_signal(signal.SIGKILL)
    other.wait()
    monkeypatch.setenv("HOLDOUT_EXPERIMENT", "momentum")
    sync.copy(final=False)
    found = _statuses(show())
    assert (found["live"], found["baseline"]) == ("KILLED", "KILLED")
    assert "RUNNING" not in found.values()


def test_a_process_that_waits_to_be_buried_is_dead(show: Show, other: subprocess.Popen[bytes]) -> None:
    """As an orphan is in a container whose first process collects nobody."""
    fake_store.record("baseline", "live", 3)
    fake_store.running_trial("live", 2, **_facts(other))
    other.send_signal(signal.SIGKILL)
    while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert _statuses(show())["live"] == "KILLED"


def test_another_process_with_the_same_id_is_not_the_trainer(show: Show, other: subprocess.Popen[bytes]) -> None:
    fake_store.record("baseline", "live", 3)
    facts = _facts(other)
    fake_store.running_trial("live", 2, **facts)
    assert _statuses(show())["live"] == "RUNNING"
    fake_store.running_trial("live", 2, **{**facts, "process_start": facts["process_start"] - 60})
    found = _statuses(show())
    assert (found["live"], found["baseline"]) == ("KILLED", "KILLED")


def test_a_trial_that_is_killed_a_second_time_is_killed_again(show: Show) -> None:
    fake_store.record("baseline", "live", 3)
    for _ in range(2):
        fake_store.running_trial("live", 2)
        assert _statuses(show())["live"] == "RUNNING"
        fake_store.running_trial("live", 2, **fake_store.DEAD)
        assert _statuses(show())["live"] == "KILLED"
    fake_store.finished_trial("live", fake_store.settings(0.1, 30), 0.02)
    shutil.rmtree(".trials/running/live")
    shown = show()
    assert (_statuses(shown)["live"], _statuses(shown)["baseline"]) == ("FINISHED", "FINISHED")
    assert not {"holdout.reason", "mlflow.note.content"} & shown.trial("live").data.tags.keys()


def test_a_paused_trial_waits_and_a_pruned_one_has_ended_with_its_curve(show: Show) -> None:
    fake_store.record("baseline", "live", 3)
    folder = fake_store.running_trial("live", 2, paused_at=2)
    assert (_statuses(show())["live"], _statuses(show())["baseline"]) == ("SCHEDULED", "KILLED")
    fake_store.running_trial("live", 3)
    assert _statuses(show())["live"] == "RUNNING"
    shutil.rmtree(folder)
    fake_store.finished_trial("live", fake_store.settings(0.1, 30), 0.02, "pruned")
    shown = show()
    run = shown.trial("live")
    assert (run.info.status, run.data.tags["holdout.status"]) == ("FINISHED", "pruned")
    assert run.data.tags["mlflow.note.content"].startswith("**pruned**: ")
    assert run.data.metrics["validation/error"] > 0 and run.data.metrics["score"] == 0.02
    assert _statuses(shown)["baseline"] == "FINISHED"
    (sweep,) = [one for one in shown.stage("sweep") if one.info.run_name == "baseline"]
    note = sweep.data.tags["mlflow.note.content"]
    assert "3 finished, 1 pruned" in note and "5.00 %" in note  # the pruned one's score is not the best


@pytest.mark.parametrize("kept", [True, False])
def test_a_killed_trial_that_the_next_sweep_leaves_out_is_closed_too(show: Show, kept: bool) -> None:
    fake_store.record("baseline", "live", 3)
    folder = fake_store.running_trial("live", 2)
    show()
    fake_store.running_trial("live", 2, **fake_store.DEAD)
    if not kept:
        shutil.rmtree(folder)
    Path(".trials/sweeps/baseline/live.json").unlink()
    assert _statuses(show())["live"] == ("KILLED" if kept else "RUNNING")  # this process trains, as far as MLflow knows


def test_runs_of_a_store_that_is_gone_are_closed(show: Show, other: subprocess.Popen[bytes]) -> None:
    fake_store.record("baseline", "live", 3)
    fake_store.running_trial("live", 2, **_facts(other))
    show()
    other.send_signal(signal.SIGKILL)
    other.wait()
    shutil.rmtree(".trials")
    found = _statuses(show())
    assert (found["live"], found["baseline"]) == ("KILLED", "KILLED")


def test_another_machines_runs_are_left_alone(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_store.record("baseline", "live", 3)
    fake_store.running_trial("live", 2, host="elsewhere", **fake_store.DEAD)
    assert _statuses(show())["live"] == "RUNNING"
    shutil.rmtree(".trials/running/live")
    assert _statuses(show())["live"] == "RUNNING"


def test_the_parent_of_this_stages_sweep_runs_on_between_two_trials(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDOUT_EXPERIMENT", "baseline")
    sync.copy(final=False)
    client = MlflowClient(own_uri())
    (parent,) = client.search_runs(["1"], "tags.`holdout.stage` = 'sweep' and attributes.run_name = 'baseline'")
    assert parent.info.status == "RUNNING"


def _publish(experiment: str, keys: dict[str, float]) -> None:
    """What DVC restores from its cache: the results folder, and nothing in the store."""
    for job, (key, score) in enumerate(keys.items()):
        made = fake_store.finished_trial(key, fake_store.settings(0.1 / (job + 1), 30), score)
        (made / "run.json").unlink()
        made.rename(_made(Path("experiments") / experiment / "results/trials") / key)
    (Path("experiments") / experiment / "results/trials.csv").write_text("key\n" + "\n".join(keys) + "\n")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_results_from_dvcs_cache_are_shown_as_if_they_had_been_trained_here(show: Show, project: Path) -> None:
    _publish("cached", {"c1": 0.3, "c2": 0.2})
    shutil.rmtree(".trials")
    shown = show()
    found = _statuses(shown)
    assert found == {"c1": "FINISHED", "c2": "FINISHED", "cached": "FINISHED"}
    run = shown.trial("c2")
    assert run.data.metrics["score"] == 0.2
    assert run.data.params["optimizer.learning_rate"] == "0.05"
    points = shown.client.get_metric_history(run.info.run_id, "validation/error")
    assert [(point.step, point.value) for point in points] == [(epoch, 0.6 / (epoch + 1)) for epoch in range(5)]
    assert {item.path for item in shown.client.list_artifacts(run.info.run_id)} == {"model.npz", "settings.json"}
    (parent,) = shown.stage("sweep")
    assert parent.data.metrics["when best/score"] == 0.2
    before = picture(shown.client)
    assert picture(show().client) == before


def test_a_curve_with_infinities_is_written_once(show: Show) -> None:
    fake_store.record("baseline", "live", 3)
    folder = fake_store.running_trial("live", 1)
    for more in ("1,inf,nan,-inf,0.5\n", "", "2,inf,nan,nan,0.5\n"):
        with (folder / "history.csv").open("a") as history:
            history.write(more)
        show()
        os.utime(folder / "history.csv")
    shown = show()
    for name in ("train/loss", "train/error", "validation/loss", "validation/error"):
        points = shown.client.get_metric_history(shown.trial("live").info.run_id, name)
        assert sorted(point.step for point in points) == [0, 1, 2], name


class Dying:
    """A client whose call number ``at`` is its last; ``after``: it is made, and its answer is lost."""

    at, after, calls = 0, False, 0

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            kind = type(self)
            kind.calls += 1
            if kind.calls == kind.at and not kind.after:
                raise ConnectionError
            answer = found(*arguments, **named)
            if kind.calls == kind.at:
                raise ConnectionError
            return answer

        return call


@pytest.fixture
def one_trial(project: Path) -> Callable[[], None]:
    """Makes the project's store one sweep of one killed and one finished trial, and its database empty again."""
    empty = (project / "mlflow.db").read_bytes()

    def reset() -> None:
        for path in (*project.glob("mlflow.db*"), project / ".trials/mirror.json"):
            path.unlink(missing_ok=True)
        (project / "mlflow.db").write_bytes(empty)
        shutil.rmtree(project / "mlartifacts", ignore_errors=True)

    shutil.rmtree(".trials")
    fake_store.record("baseline", "a0", 0)
    fake_store.finished_trial("a0", fake_store.settings(0.1, 30), 0.05)
    fake_store.record("baseline", "a1", 1)
    fake_store.running_trial("a1", 3, fake_store.settings(0.2, 30), **fake_store.DEAD)
    return reset


@pytest.mark.torture
@pytest.mark.parametrize("after", [False, True])
def test_a_pass_that_dies_at_any_call_is_made_up_for(
    show: Show, one_trial: Callable[[], None], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_trial()
    wanted = picture(show().client)
    monkeypatch.setattr(Dying, "after", after)
    for at in range(1, 100):
        one_trial()
        with monkeypatch.context() as patch:
            patch.setattr(destination, "Timed", Dying)
            patch.setattr(Dying, "at", at)
            patch.setattr(Dying, "calls", 0)
            try:
                sync.copy()
            except ConnectionError:
                pass
            else:
                break
        assert picture(show().client) == wanted, f"after dying at call {at}"
    assert 15 < at < 30


def test_a_second_run_of_one_trial_is_taken_away(show: Show) -> None:
    shown = show()
    before, twice = picture(shown.client), shown.trial("a0")
    shown.client.create_run(shown.experiment.experiment_id, start_time=1, tags=twice.data.tags)
    shown.client.create_run(shown.experiment.experiment_id, run_name="by hand")
    shown = Shown()
    by_hand = [run for run in shown.client.search_runs(["1"]) if run.info.run_name == "by hand"]
    assert len(by_hand) == 1
    shown.client.delete_run(by_hand[0].info.run_id)
    assert picture(shown.client) == before


def test_the_memory_is_no_reason_for_a_further_pass(show: Show) -> None:
    show()
    before = contents.fingerprint()
    assert json.loads(contents.MEMORY.read_text())["trial/baseline/a0"]["name"]
    contents.MEMORY.write_text("{}")
    assert contents.fingerprint() == before
