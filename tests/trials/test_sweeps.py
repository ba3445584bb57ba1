"""Sweeps: which trials are theirs, and what they hand on."""

import os
from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage.places import SWEEPS
from pipeline.trials.results import read_results
from pipeline.trials.sweeps import AD_HOC, Sweep, experiments, latest_keys
from pipeline.trials.trial import run_trial
from tests.trials.made import data, run_sweep, settings


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_two_runs_of_one_experiment_at_once_publish_all_their_trials_each() -> None:
    first, second = Sweep("rates", "first"), Sweep("rates", "second")
    for job, rate in enumerate((0.1, 0.2)):
        key = run_trial(settings(learning_rate=rate), data())["key"]
        first.add(key, job, [f"optimizer.learning_rate={rate}"])
        second.add(key, job, [f"optimizer.learning_rate={rate}"])
    alone = run_trial(settings(learning_rate=0.3), data())["key"]
    second.add(alone, 2, ["optimizer.learning_rate=0.3"])
    first.publish()
    assert [trial.key for trial in read_results("rates")] == [member.key for member in first.members()]
    assert len(read_results("rates")) == 2
    assert (SWEEPS / "rates" / f"{alone}.json").exists()  # the second still goes on
    second.publish()
    assert [trial.key for trial in read_results("rates")] == [member.key for member in second.members()]
    assert len(read_results("rates")) == 3


def test_what_earlier_runs_have_recorded_is_forgotten() -> None:
    Sweep("rates", "before").add("k0", 0, [])
    os.utime(SWEEPS / "rates/k0.json", (1, 1))
    run_sweep(0.2)
    assert not (SWEEPS / "rates/k0.json").exists()


def test_a_diverged_trial_is_no_failure_beside_one_that_finished() -> None:
    sweep = Sweep("rates", "mixed")
    for job, rate in enumerate((0.1, 1e38)):
        run_trial(settings(learning_rate=rate), data(), announce=lambda key, job=job: sweep.add(key, job, []))
    sweep.refuse_failures()
    assert [trial.status for trial in sweep.trials()] == ["finished", "diverged"]


@pytest.mark.parametrize("allowed", [False, True])
def test_failed_trials_are_listed_unless_allowed(allowed: bool) -> None:
    sweep = Sweep("rates", "all")
    for job, rate in enumerate((1e38,)):
        run_trial(
            settings(learning_rate=rate),
            data(),
            announce=lambda key, job=job: sweep.add(key, job, [], allow_failed=allowed),
        )
    if allowed:
        sweep.refuse_failures()
        return
    with pytest.raises(HoldoutError, match=r"rates: 1 of 1 trials did not finish \(\w+ diverged: train/loss is nan"):
        sweep.refuse_failures()


def test_an_empty_folder_has_no_sweeps() -> None:
    assert experiments() == list(latest_keys("rates")) == []


def test_ad_hoc_trials_add_up_while_a_named_sweep_is_its_latest_run() -> None:
    for name in (AD_HOC, "rates"):
        for job, identity in enumerate(("first", "second")):
            Sweep(name, identity).add(f"k{job}", job, [])
            os.utime(SWEEPS / name / f"k{job}.json", (job, job))
    assert experiments() == [AD_HOC, "rates"]
    assert list(latest_keys(AD_HOC)) == ["k0", "k1"]
    assert list(latest_keys("rates")) == ["k1"]


def test_published_results_stand_for_the_sweep_until_a_later_one_has_begun() -> None:
    run_sweep(0.2, 0.1)
    published = [trial.key for trial in Sweep("rates", "(0.2, 0.1)").trials()]
    assert list(latest_keys("rates")) == published
    for path in SWEEPS.glob("*/*.json"):
        path.unlink()
    assert list(latest_keys("rates")) == sorted(published)
    Sweep("rates", "later").add("k0", 0, [])
    os.utime(SWEEPS / "rates/k0.json", (2**40, 2**40))
    assert list(latest_keys("rates")) == ["k0"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"key": "k1"}', '{"key": "../x", "sweep": "1", "job": 0, "overrides": {}}']
)
def test_what_is_no_record_is_passed_over(content: str) -> None:
    Sweep("rates", "1").add("k0", 0, [])
    (SWEEPS / "rates/k1.json").write_text(content)
    assert [member.key for member in Sweep("rates", "1").members()] == list(latest_keys("rates")) == ["k0"]


def test_the_trials_of_a_sweep_know_their_grids() -> None:
    sweep = Sweep("auto", "1")
    for job, grid in enumerate(("baseline", "baseline", "momentum")):
        sweep.add(f"k{job}", job, [], grid=grid)
    assert latest_keys("auto") == {"k0": "baseline", "k1": "baseline", "k2": "momentum"}
    assert [member.job for member in sweep.members()] == [0, 1, 2]
