from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.trials.results import flatten, read_results, varied
from tests.reporting import published


def test_trials_come_in_the_order_of_the_table(tmp_path: Path) -> None:
    for key in ("b1", "a1"):
        published.trial(tmp_path, "alpha", key, 0.5)
    trials = read_results("alpha", tmp_path / "experiments")
    assert [trial.key for trial in trials] == ["b1", "a1"]
    assert trials[0].history()["epoch"] == [1, 2, 3]
    assert trials[0].model.exists()


@pytest.mark.parametrize("text", ["epoch,a\n1,x\n", "epoch,a\n1\n"])
def test_a_damaged_history_is_named(tmp_path: Path, text: str) -> None:
    place = published.trial(tmp_path, "alpha", "a1", 0.5)
    (place / "history.csv").write_text(text, encoding="utf-8")
    with pytest.raises(HoldoutError, match=r"history\.csv can't be read"):
        read_results("alpha", tmp_path / "experiments")[0].history()


def test_a_trial_that_ended_before_its_first_epoch_has_no_history(tmp_path: Path) -> None:
    place = published.trial(tmp_path, "alpha", "a1", None, status="failed")
    (place / "history.csv").write_text("", encoding="utf-8")
    assert read_results("alpha", tmp_path / "experiments")[0].history() == {}


def test_settings_whose_values_differ_are_found_at_any_depth() -> None:
    settings = [{"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"b": 1, "c": [2]}, "d": 2, "e": None}]
    assert varied(settings) == ["a.c"]
    assert flatten(settings[0]) == {"a.b": 1, "a.c": [1], "d": 2}
