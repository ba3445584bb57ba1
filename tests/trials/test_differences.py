"""python -m pipeline.trials diff: what differs between two trials, and between a trial and today."""

from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import TRIALS
from pipeline.trials import differences, keys
from pipeline.trials.differences import differences as diff
from pipeline.trials.trial import run_trial
from tests.trials.made import data, settings


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(differences, "open_split", data)


def trained(**optimizer: float) -> str:
    return str(run_trial(settings(**optimizer), data())["key"])


def test_two_trials_differ_in_their_settings_and_in_what_came_out() -> None:
    a, b = trained(learning_rate=0.1), trained(learning_rate=0.2)
    lines = list(diff(a[:8], b[:8]))
    assert lines[:2] == [f"{a} | {b}", "settings optimizer.learning_rate: 0.1 | 0.2"]
    assert any(line.startswith("result model_sha256: ") for line in lines)
    assert not [line for line in lines if line.startswith(("data", "engine", "numpy"))]


def test_a_trial_is_what_its_settings_would_be_today() -> None:
    key = trained()
    assert list(diff(key, "now")) == [f"{key} | {key} (now)", "no difference in settings, data, code and versions"]


def test_after_an_upgrade_it_says_why_the_trial_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    key = trained()
    versions = {**dict.fromkeys(keys.LIBRARIES, "0"), "numpy": "9.9"}
    monkeypatch.setattr(keys, "_versions", lambda: versions)
    monkeypatch.setattr(keys, "engine_hash", lambda: "e" * 64)
    head, *lines = diff(key, "now")
    assert not head.startswith(f"{key} | {key}")
    assert [line.partition(":")[0] for line in lines] == ["engine", "numba", "numpy", "scipy"]
    assert lines[0].endswith(f" | {'e' * 12}")
    assert lines[2].endswith(" | 9.9")


def test_a_trial_of_an_earlier_version_says_that_it_has_no_such_notes() -> None:
    a, b = trained(learning_rate=0.1), trained(learning_rate=0.2)
    run = documents.read_json(TRIALS / a / "run.json")
    documents.write_json(TRIALS / a / "run.json", {name: run[name] for name in run if name != "origin"})
    assert f"data, code, versions: not noted with {a}, which an earlier version has trained" in list(diff(a, b))


def test_a_key_that_no_trial_has_is_one_line() -> None:
    with pytest.raises(HoldoutError, match="no trial with a key that starts with 'x'"):
        list(diff("x", "now"))
