"""A trial in MLflow's words, without MLflow."""

import datetime
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.tracking import described
from pipeline.trials.folder import DIVERGED, FINISHED, KILLED, PAUSED, PRUNED, RUNNING, Trial
from tests.tracking import fake_store


def trial(folder: Path = Path("nowhere"), status: str = FINISHED, **other: Any) -> Trial:
    run = {"host": "here", "pid": 7, "process_start": 0.5, "started": "1970-01-01T00:00:10+00:00", "finished": None}
    values = {"settings": {"a": {"b": 1}}, "summary": fake_store.summary("k", 0.5, status), "run": run, **other}
    return Trial("baseline", "k", folder, status, **values)


def test_times_are_milliseconds() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert described.milliseconds(moment.isoformat()) == described.milliseconds(moment.timestamp()) == 1767225600000
    assert described.milliseconds(None) is None


def test_the_epochs_of_a_finished_trial_are_spread_between_its_start_and_its_end(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,train/loss,train/error\n0,1.5,0.5\n1,inf,nan\n2,0.5,0.1\n3,0.")
    run = {"started": "1970-01-01T00:00:10+00:00", "finished": "1970-01-01T00:00:12+00:00"}
    found = described.curves(trial(tmp_path, run=run))
    assert [(name, moment, step) for name, _, moment, step in found] == [
        ("train/loss", 10_000, 0),
        ("train/error", 10_000, 0),
        ("train/loss", 11_000, 1),
        ("train/error", 11_000, 1),
        ("train/loss", 12_000, 2),
        ("train/error", 12_000, 2),
    ]
    assert [value for _, value, _, _ in found][:3] == [1.5, 0.5, sys.float_info.max]
    assert described.curves(trial(tmp_path / "moved")) == []


def test_what_came_out_is_finite_numbers_only() -> None:
    summary = {
        "metrics": {"train/loss": float("inf"), "train/error": 0.25},
        "score": None,
        "best_epoch": 3,
        "epochs": 5,
    }
    found = {name: value for name, value, _, _ in described.outcome(summary)}
    assert found == {"when best/train/error": 0.25, "when best/epoch": 3.0, "epochs": 5.0}


@pytest.mark.parametrize(
    ("status", "word", "note"),
    [
        (FINISHED, "FINISHED", None),
        (DIVERGED, "FAILED", "**diverged**: the loss is not finite at epoch 4"),
        (PRUNED, "FINISHED", "**pruned**: the loss is not finite at epoch 4"),
        (PAUSED, "SCHEDULED", "**paused**: it waits for the others of its search; if that was ended, run it again"),
        (KILLED, "KILLED", "**killed**: the process that trained it is gone; run the sweep again to finish it"),
    ],
)
def test_a_trial_that_did_not_finish_says_why(status: str, word: str, note: str | None) -> None:
    ended = trial(status=status)
    assert described.status(ended) == word
    tags = described.ending(ended)
    assert tags.get("mlflow.note.content") == note
    assert ("holdout.reason" in tags) == (note is not None)


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ([FINISHED, RUNNING, KILLED], "RUNNING"),
        ([FINISHED, KILLED], "KILLED"),
        ([FINISHED, PAUSED], "KILLED"),
        ([FINISHED, DIVERGED], "FINISHED"),
        ([DIVERGED, PRUNED], "FINISHED"),
        ([DIVERGED], "FAILED"),
    ],
)
def test_a_sweep_is_what_its_trials_are(statuses: list[str], word: str) -> None:
    assert described.status_of_sweep(trial(status=status) for status in statuses) == word


def test_the_note_of_a_sweep_counts_its_trials_and_names_the_best() -> None:
    trials = [trial(), trial(status=DIVERGED, summary={})]
    assert described.note(trials, {"k": "lr=0.1"}) == (
        "2 trials: 1 diverged, 1 finished. Best validation/error: **50.00 %** (lr=0.1)."
    )
    assert described.note(trials[1:], {}) == "1 trials: 1 diverged."


def test_only_epochs_that_may_be_new_are_made_points(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,train/loss\n1,0.5\n2,0.4\n3,0.3\n")
    trial = Trial("e", "k", tmp_path, "running", {}, {}, {})
    assert [point.step for point in described.curves(trial, since=2)] == [2, 3]
    assert [point.step for point in described.curves(trial)] == [1, 2, 3]
