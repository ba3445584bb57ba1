"""Trials that a search has given up: kept with their curves, and trained on by whoever wants them in full."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import trial
from pipeline.trials.folder import check_files, find_trial
from pipeline.trials.pruning import Cut, prune
from pipeline.trials.results import read_results
from pipeline.trials.store import entries
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import run_trial
from pipeline.trials.whole import reusable
from tests.trials.made import contents, data, settings

REASON = "2nd of 2 at 4 epochs, 1 goes on"
CUT = Cut(4, "validation/error", REASON)


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def searched(*, identity: str = "1", name: str = "search") -> Sweep:
    """A search of two trials that gives up the second after 4 of 12 epochs."""
    sweep = Sweep(name, identity)
    for until in (4, None):
        for job, rate in enumerate((0.1, 0.01)):
            if until or not job:
                run_trial(settings(12, learning_rate=rate), data(), announce=lambda key, job=job, rate=rate: sweep.add(
                    key, job, [f"optimizer.learning_rate={rate}"]
                ), until=until)  # fmt: skip
    sweep.give_up(dropped(), CUT)
    return sweep


def dropped() -> str:
    return str(run_trial(settings(12, learning_rate=0.01), data(), until=4)["key"])


def results(name: str = "search") -> dict[str, bytes]:
    return contents(Path("experiments") / name / "results")


def test_a_pruned_trial_takes_its_place_with_reason_score_curve_and_checkpoint() -> None:
    searched()
    (found,) = [entry.trial for entry in entries() if entry.trial.status == "pruned"]
    assert found.folder == TRIALS / dropped() and not list(GROWING.glob("*/"))
    assert {path.name for path in found.folder.iterdir()} == {
        "checkpoint.npz", "history.csv", "run.json", "settings.json", "summary.json",
    }  # fmt: skip
    check_files(found)
    summary = found.summary
    assert (summary["reason"], summary["epochs"], summary["stopped_by"]) == (REASON, 4, "pruning")
    assert summary["score"] == min(found.history()["validation/error"])
    assert summary["model_sha256"] is None and not found.finished


def test_it_is_not_taken_for_trained_and_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched()
    key, seen = dropped(), []
    assert reusable(TRIALS / key) is None
    ended = run_trial(settings(12, learning_rate=0.01), data(), lambda epoch, record: seen.append(epoch))
    assert (ended["status"], seen) == ("finished", list(range(5, 13)))
    found = contents(TRIALS / key)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run_trial(settings(12, learning_rate=0.01), data())
    expected = contents(TRIALS / key)
    del found["run.json"], expected["run.json"]
    assert found == expected


def test_its_score_at_an_epoch_is_known_without_training(monkeypatch: pytest.MonkeyPatch) -> None:
    searched()
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    assert run_trial(settings(12, learning_rate=0.01), data(), until=3)["epochs"] == 3
    assert dropped() and (TRIALS / dropped()).is_dir()


def test_results_have_it_as_pruned_and_it_is_no_failure() -> None:
    sweep = searched()
    sweep.publish()
    sweep.refuse_failures()
    kept, given_up = read_results("search")
    assert (kept.status, given_up.status, given_up.summary["reason"]) == ("finished", "pruned", REASON)
    assert len(given_up.history()["epoch"]) == 4
    check_files(given_up)
    assert "pruned" in Path("experiments/search/results/trials.csv").read_text()


def elsewhere_in_full() -> None:
    run_trial(settings(12, learning_rate=0.01), data())


def elsewhere_further() -> None:
    run_trial(settings(12, learning_rate=0.01), data(), until=9)


def elsewhere_pruned_later() -> None:
    elsewhere_further()
    prune(dropped(), Cut(9, "validation/error", "others were better"))


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("elsewhere", [elsewhere_in_full, elsewhere_further, elsewhere_pruned_later])
def test_results_are_the_same_bytes_whatever_others_made_of_the_trial(
    elsewhere: Any, before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched().publish()
    expected = results()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    if before:
        elsewhere()
    sweep = searched()
    if not before:
        elsewhere()
    sweep.publish()
    assert results() == expected
    shown = find_trial("search", dropped())
    assert shown is not None and (shown.status, shown.summary["epochs"]) == ("pruned", 4)
    assert len(shown.history_so_far()["epoch"]) == 4


def test_one_that_another_process_trains_is_left_to_it() -> None:
    sweep = Sweep("search", "1")
    key = run_trial(settings(12), data(), announce=lambda key: sweep.add(key, 0, []), until=4)["key"]
    with FileLock(GROWING / f"{key}.lock"):
        sweep.give_up(key, CUT)
    assert (GROWING / key).is_dir() and [one.status for one in sweep.trials()] == ["pruned"]


def test_who_is_no_member_is_not_given_up() -> None:
    key = run_trial(settings(12), data(), until=4)["key"]
    with pytest.raises(HoldoutError, match=f"search: {key} is no trial of this run"):
        Sweep("search", "1").give_up(key, CUT)


def test_what_was_trained_to_its_end_is_not_replaced_by_what_was_given_up(tmp_path: Path) -> None:
    """Its folder came from elsewhere, while it waited here."""
    key = dropped()
    shutil.copytree(GROWING / key, tmp_path / "waits")
    run_trial(settings(12, learning_rate=0.01), data())
    shutil.copytree(tmp_path / "waits", GROWING / key)
    before = contents(TRIALS / key)
    prune(key, CUT)
    assert contents(TRIALS / key) == before


def test_one_that_was_killed_at_its_end_is_pruned_whole() -> None:
    """It had the hash of a summary that was never written."""
    key = dropped()
    run = documents.read_json(GROWING / key / "run.json")
    documents.write_json(GROWING / key / "run.json", {**run, "summary_sha256": "0" * 64})
    prune(key, CUT)
    (found,) = (entry.trial for entry in entries())
    assert found.status == "pruned"


def test_one_that_ended_and_had_not_got_its_place_gets_it_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    made = settings(12, learning_rate=0.01)
    key = dropped()
    checkpoint = (GROWING / key / "checkpoint.npz").read_bytes()
    run_trial(made, data())
    (TRIALS / key).rename(GROWING / key)
    (GROWING / key / "checkpoint.npz").write_bytes(checkpoint)
    prune(key, CUT)
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    assert run_trial(made, data())["status"] == "finished"
