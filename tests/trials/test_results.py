"""What an experiment has published: the order of its trials, and which settings they vary."""

from pathlib import Path

import pytest

from pipeline.trials.results import read_results, varied
from tests.reporting import published
from tests.trials.made import contents, run_sweep


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_trials_come_in_the_order_of_the_table() -> None:
    for key in ("b1", "a1"):
        published.trial(Path(), "alpha", key, 0.5)
    trials = read_results("alpha")
    assert [trial.key for trial in trials] == ["b1", "a1"]
    assert {trial.experiment for trial in trials} == {"alpha"}


def test_the_grid_of_each_trial_is_read_back_and_is_what_tells_sweeps_apart() -> None:
    for key in ("b1", "a1", "c1"):
        published.trial(Path(), "auto", key, 0.5)
    table = Path("experiments/auto/results/trials.csv")
    table.write_text("key,status,grid\nb1,finished,one\na1,finished,two\nc1,finished,\n")
    assert [(trial.key, trial.sweep) for trial in read_results("auto")] == [
        ("b1", "auto: one"),
        ("a1", "auto: two"),
        ("c1", "auto"),
    ]


def test_results_hold_the_current_grid_only() -> None:
    run_sweep(0.1, 0.2, 0.3)
    run_sweep(0.3, 0.1)
    results = Path("experiments/rates/results")
    assert len(list((results / "trials").iterdir())) == 2
    assert len(list(Path(".trials/sweeps/rates").iterdir())) == 2
    table = (results / "trials.csv").read_text().splitlines()
    assert [line.split(",")[9] for line in table] == ["optimizer.learning_rate", "0.3", "0.1"]


def test_what_is_handed_on_is_what_is_read_back() -> None:
    run_sweep(0.2, 0.1)
    trials = read_results("rates")
    assert [trial.settings["optimizer"]["learning_rate"] for trial in trials] == [0.2, 0.1]
    for trial in trials:
        stored = contents(Path(".trials") / trial.key)
        del stored["run.json"]
        assert contents(trial.folder) == stored


def test_the_same_sweep_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_sweep(0.1, 0.2)
    (tmp_path / "elsewhere").mkdir()
    first = contents(Path("experiments/rates/results"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    run_sweep(0.1, 0.2)
    assert contents(Path("experiments/rates/results")) == first


def test_settings_whose_values_differ_are_found_at_any_depth() -> None:
    settings = [{"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"b": 1, "c": [2]}, "d": 2, "e": None}]
    assert varied(settings) == ["a.c"]
