"""Trials that pause after an epoch: they go on to the same bytes, whatever is trained."""

import itertools
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError, Interrupted
from pipeline.storage import documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.trials import trial
from pipeline.trials.store import entries
from pipeline.trials.trial import run_trial
from tests.trials.made import contents, data, settings

KINDS: dict[str, dict[str, Any]] = {
    "descent": {},
    "momentum": {"optimizer.name": "momentum", "optimizer.momentum": 0.5},
    "nesterov with a schedule": {
        "optimizer.name": "nesterov",
        "optimizer.momentum": 0.5,
        "schedule.name": "cosine",
        "schedule.epochs": 12,
    },
    "adam with plateau": {"optimizer.name": "adam", "optimizer.learning_rate": 0.01, "schedule.name": "plateau"},
    "dropout": {"regularizer.dropout": 0.3, "regularizer.input_dropout": 0.1},
    "averaging": {"averaging.name": "exponential"},
    "ensemble": {"ensemble.members": 3},
    "largest error": {"sampling.name": "largest_error"},
    "patience": {"stopping.patience": 2},
}


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stored(key: str) -> dict[str, bytes]:
    """All files of a trial but those that tell when and where it was trained."""
    found = contents(TRIALS / key)
    del found["run.json"]
    return found


def uninterrupted(made: Hyperparameters, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    folder.mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(folder)
        return stored(run_trial(made, data())["key"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_that_paused_twice_ends_with_the_same_bytes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = changed(settings(12), KINDS[kind])
    seen: list[int] = []
    for until in (3, 7, None):
        summary = run_trial(made, data(), lambda epoch, record: seen.append(epoch), until=until)
        if summary["status"] == "paused":
            assert (summary["epochs"], summary["reason"]) == (until, "")
    assert seen == list(range(1, summary["epochs"] + 1))  # none was trained twice
    assert stored(summary["key"]) == uninterrupted(made, tmp_path / "elsewhere", monkeypatch)


def test_a_paused_trial_waits_and_is_shown_as_that() -> None:
    key = run_trial(settings(12), data(), until=3)["key"]
    ((found,), folder) = entries(), GROWING / key
    assert (found.key, found.trial.status, found.epochs) == (key, "paused", 3)
    assert len((folder / "history.csv").read_text().splitlines()) == 1 + 3


def test_what_a_trial_came_to_at_an_epoch_is_read_and_not_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = [run_trial(settings(12), data(), until=until) for until in (2, 5)]
    run_trial(settings(12), data())
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    for one in paused:
        assert run_trial(settings(12), data(), until=one["epochs"]) == {**one, "reused": True}


def test_the_score_at_an_epoch_is_the_best_until_then() -> None:
    made = settings(12, learning_rate=0.5)
    summaries = [run_trial(made, data(), until=until) for until in range(1, 12)]
    run_trial(made, data())
    (entry,) = entries()
    scores = entry.trial.history()["validation/error"]
    assert [one["score"] for one in summaries] == list(itertools.accumulate(scores[:11], min))
    assert all(scores[one["best_epoch"] - 1] == one["score"] for one in summaries)


def test_a_trial_that_its_own_rules_end_before_has_ended() -> None:
    made = changed(settings(12), {"stopping.gradient_norm": 1e9})
    summary = run_trial(made, data(), until=5)
    assert (summary["status"], summary["stopped_by"], summary["epochs"]) == ("finished", "gradient", 1)
    assert run_trial(made, data(), until=5) == {**summary, "reused": True}


def test_a_rule_that_ends_it_at_that_very_epoch_has_ended_it() -> None:
    summary = run_trial(settings(5), data(), until=5)
    assert (summary["status"], summary["stopped_by"]) == ("finished", "epochs")


def test_one_that_diverges_later_stands_as_it_was() -> None:
    made = settings(12, learning_rate=1e38)
    ended = run_trial(made, data(), until=11)
    assert ended["status"] == "diverged" and ended["epochs"] <= 11
    assert run_trial(made, data(), until=11) == {**ended, "reused": True}


def test_a_killed_trial_whose_checkpoint_is_further_is_not_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    run_trial(settings(12), data(), until=6)
    (folder,) = GROWING.glob("*/")
    run = documents.read_json(folder / "run.json")
    documents.write_json(folder / "run.json", {**run, "paused_at": None, "process_start": 1.0})
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    assert run_trial(settings(12), data(), until=4)["epochs"] == 4


@pytest.mark.parametrize("damage", [b"", b"no zip"])
def test_a_damaged_checkpoint_costs_time_but_no_bits(
    damage: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = run_trial(settings(12), data(), until=6)["key"]
    (GROWING / key / "checkpoint.npz").write_bytes(damage)
    assert run_trial(settings(12), data(), until=6)["epochs"] == 6
    run_trial(settings(12), data())
    assert stored(key) == uninterrupted(settings(12), tmp_path / "elsewhere", monkeypatch)


@pytest.mark.parametrize("epoch", [3, 4])
def test_ctrl_c_keeps_what_was_trained(epoch: int) -> None:
    def follow(done: int, record: dict[str, float]) -> None:
        if done == epoch:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted, match="paused after epoch 4" if epoch == 4 else "after epoch 3"):
        run_trial(settings(12), data(), follow, checkpoint_seconds=10, until=4)
    seen: list[int] = []
    assert run_trial(settings(12), data(), lambda done, record: seen.append(done), until=6)["status"] == "paused"
    assert seen == list(range(epoch + 1, 7))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"validation.name": "k_fold"}, r"validation\.name=k_fold"), ({"validation.seeds": 3}, r"validation\.seeds=3")],
)
def test_trials_of_several_networks_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(HoldoutError, match=f"{said} trains several networks"):
        run_trial(changed(settings(12), changes), data(), until=4)
    assert not list(GROWING.glob("*/"))
