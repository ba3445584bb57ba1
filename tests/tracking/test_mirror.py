"""The mirror: what a person finds in MLflow after a pass, and what a second pass leaves alone."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.tracking import described, leaderboard, mirror, registry
from tests.tracking import fake_store
from tests.tracking.conftest import Shown

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


def test_each_sweep_is_a_parent_with_its_trials_as_children(show: Show) -> None:
    shown = show()
    parents = {run.info.run_name: run for run in shown.stage("sweep")}
    assert set(parents) == {"baseline", "momentum"}
    children = {
        name: {
            run.data.tags["holdout.key"]
            for run in shown.stage("trial")
            if run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        }
        for name, parent in parents.items()
    }
    assert children == {"baseline": {"a0", "a1", "a2"}, "momentum": {"b0", "b1", "b2"}}
    assert parents["momentum"].data.metrics["when best/score"] == 0.04
    assert "1 diverged, 2 finished" in parents["momentum"].data.tags["mlflow.note.content"]


def test_a_trial_shows_its_settings_curves_summary_times_and_data(show: Show) -> None:
    shown = show()
    run = shown.trial("a1")
    assert run.data.params["optimizer.learning_rate"] == "0.01"
    assert run.data.params["network.hidden"] == "[30]"
    assert run.data.metrics["score"] == run.data.metrics["when best/validation/error"] == 0.08
    curve = shown.client.get_metric_history(run.info.run_id, "validation/error")
    assert [(point.step, point.value) for point in curve] == [(epoch, 0.6 / (epoch + 1)) for epoch in range(5)]
    assert run.info.end_time - run.info.start_time == 10_000
    assert run.info.status == "FINISHED"
    contexts = {entry.tags[0].value: entry.dataset.name for entry in run.inputs.dataset_inputs}
    assert contexts == {"train": "toy train", "validation": "toy validation"}
    assert {item.path for item in shown.client.list_artifacts(run.info.run_id)} == {"model.npz", "settings.json"}


def test_a_diverged_trial_is_failed_and_says_why(show: Show) -> None:
    run = show().trial("b2")
    assert run.info.status == "FAILED"
    assert run.data.tags["holdout.reason"] == "the loss is not finite at epoch 4"
    assert "score" not in run.data.metrics


def test_passes_step_back_behind_training_but_never_fall_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand trials at once, a pass took so long that a third was not shown at the end."""
    waits: list[float] = []
    moments = iter([0, 0.1, 0, 0.4, 0, 0.9, 0, 60.0, 0, 0])  # when each pass begins and ends

    class Ended(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return len(waits) > 4

    monkeypatch.setattr(mirror, "fingerprint", object)
    monkeypatch.setattr(mirror.time, "monotonic", lambda: next(moments))
    mirror.follow(Ended(), lambda final: None, interval=1.0)
    assert waits == [0, 1.0, 1.6, 2.0, 1.0]


def test_a_second_pass_writes_nothing(show: Show, dump: Callable[[], str]) -> None:
    fake_store.select()
    fake_store.evaluate()
    show()
    before = dump()
    show()
    assert dump() == before


def test_a_running_trial_grows_by_its_new_epochs_only(show: Show, project: Path) -> None:
    fake_store.record("baseline", "live", 3)
    folder = fake_store.running_trial("live", 2)
    with (folder / "history.csv").open("a") as history:
        history.write("2,0.1,0.1")  # a line that is still being written
    first = show()
    assert first.trial("live").info.status == "RUNNING"
    assert len(first.client.get_metric_history(first.trial("live").info.run_id, "train/loss")) == 2
    (folder / "history.csv").write_text(fake_store.HEADER + "".join(map(fake_store.line, range(4))))
    second = show()
    points = second.client.get_metric_history(second.trial("live").info.run_id, "train/loss")
    assert sorted(point.step for point in points) == [0, 1, 2, 3]
    assert {run.info.status for run in second.stage("sweep") if run.info.run_name == "baseline"} == {"RUNNING"}


def test_a_trial_whose_process_died_is_killed_and_goes_on_when_trained_again(show: Show) -> None:
    fake_store.record("baseline", "live", 3)
    fake_store.running_trial("live", 2)
    show()
    fake_store.running_trial("live", 2, **fake_store.DEAD)
    assert show().trial("live").info.status == "KILLED"
    fake_store.running_trial("live", 1)
    assert show().trial("live").info.status == "RUNNING"
    fake_store.running_trial("live", 1, **fake_store.DEAD)
    fake_store.finished_trial("live", fake_store.settings(0.1, 30), 0.02)
    shown = show()
    assert shown.trial("live").info.status == "FINISHED"
    points = shown.client.get_metric_history(shown.trial("live").info.run_id, "train/loss")
    assert sorted(point.step for point in points) == [0, 1, 2, 3, 4]


def test_a_new_sweep_makes_the_old_ones_trials_stale(show: Show) -> None:
    show()
    fake_store.record("baseline", "a0", 0, sweep="second")
    shown = show()
    stale = {run.data.tags["holdout.key"] for run in shown.stage("trial") if run.data.tags["holdout.stale"] == "true"}
    assert stale == {"a1", "a2"}


def test_a_deleted_run_stays_deleted(show: Show) -> None:
    shown = show()
    shown.client.delete_run(shown.trial("a0").info.run_id)
    assert {run.data.tags["holdout.key"] for run in show().stage("trial")} == {"a1", "a2", "b0", "b1", "b2"}


def test_the_test_score_is_on_the_evaluation_run_only(show: Show) -> None:
    fake_store.select()
    fake_store.evaluate()
    shown = show()
    having = [run for run in shown.runs if any(name.startswith("test") for name in run.data.metrics)]
    assert [run.data.tags["holdout.stage"] for run in having] == ["evaluate"]
    expected = {"test/error": 0.0625, "n": 256, "interval/low": 0.03, "interval/high": 0.1}
    assert having[0].data.metrics == expected


def view(shown: Shown, name: str) -> list[str]:
    """The keys of the trials on a page, in its order."""
    state = json.loads(shown.experiment.tags[f"mlflow.sharedViewState.{name}"])
    assert state["orderByKey"] == "metrics.`score`" and "tags.`holdout.selected`" in state["selectedColumns"]
    order = ["metrics.`score` ASC"]
    found = shown.client.search_runs([shown.experiment.experiment_id], state["searchFilter"], order_by=order)
    return [run.data.tags["holdout.key"] for run in found]


def test_the_candidates_the_best_three_and_the_ad_hoc_trials_are_views_of_the_experiment(show: Show) -> None:
    fake_store.record("ad-hoc", "c0", 0)
    fake_store.finished_trial("c0", fake_store.settings(0.1, 30), 0.01)
    shown = show()
    assert view(shown, "leaderboard") == ["b0", "a0", "a2", "b1", "a1", "b2"]
    assert view(shown, "best_three") == ["b0", "a0", "a2"]
    assert view(shown, "ad_hoc") == ["c0"]
    assert "viewStateShareKey=leaderboard" in leaderboard.url(5000, "1")
    assert leaderboard.url(5000, "1", "best_three").endswith("viewStateShareKey=best_three&compareRunsMode=CHART")


def test_the_selected_trial_has_a_tag_and_a_star_and_the_one_before_it_no_longer(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "write_selection", lambda runs: None)  # packing a model takes long
    fake_store.select()
    first = show().trial("a1")
    assert first.data.tags["holdout.selected"] == "true" and first.info.run_name.startswith("★ ")
    fake_store.select(key="a0")
    shown = show()
    assert [shown.trial(key).data.tags.get("holdout.selected") for key in ("a0", "a1", "a2")] == ["true", "false", None]
    assert [shown.trial(key).info.run_name.startswith("★ ") for key in ("a0", "a1")] == [True, False]


def test_curves_of_training_come_before_what_goes_on_inside_and_what_came_out() -> None:
    names = ["train/loss", "validation/error", f"{described.WHEN_BEST}/epoch", f"{described.WITHIN}/layer1/saturated"]
    assert sorted(names) == names  # MLflow's pages sort them by letters


def test_what_was_found_in_the_data_is_on_the_experiment_and_the_selection(show: Show, project: Path) -> None:
    path = project / "data/split/card.json"
    card = json.loads(path.read_text()) if path.exists() else {}
    said = {"notes": ["column 'id' is left out"], "remarks": ["class 'yes' has 3 % of the rows"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**card, **said}))
    fake_store.select()
    shown = show()
    selection = next(run for run in shown.runs if run.data.tags["holdout.stage"] == "select")
    for note in (shown.experiment.tags["mlflow.note.content"], selection.data.tags["mlflow.note.content"]):
        assert "- column 'id' is left out\n- class 'yes' has 3 % of the rows" in note


def test_no_run_appears_in_a_folder_that_makes_mlflow_ui_look_elsewhere(show: Show, project: Path) -> None:
    show()
    assert not (project / "mlruns").exists()


def test_following_copies_on_change_only_and_once_more_at_the_end(project: Path) -> None:
    ended, passes = threading.Event(), []

    def copy(final: bool) -> None:
        passes.append(final)
        if len(passes) == 1:  # fails once: the next round tries again though nothing changed
            raise OSError("the server is away")
        if len(passes) == 2:
            fake_store.record("baseline", "more", 9)
        if len(passes) == 3:
            threading.Timer(0.05, ended.set).start()

    mirror.follow(ended, copy, interval=0.001)
    assert passes == [False, False, False, True]
