"""A trial's folder: what the strict reader refuses, and what the others make of files that are half there."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import folder, processes
from pipeline.trials.folder import Trial, as_it_stands, check_files, find_trial, flatten, read_trial
from tests.reporting import published


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published trial a1 of alpha in the current folder."""
    monkeypatch.chdir(tmp_path)
    return published.trial(Path(), "alpha", "a1", 0.5)


def edit(path: Path, **changes: Any) -> None:
    documents.write_json(path, {**documents.read_json(path), **changes})


def grow(place: Path, **who: Any) -> Path:
    """The trial as it was while this process, or another, trained it."""
    growing = GROWING / place.name
    shutil.copytree(place, growing, ignore=shutil.ignore_patterns("summary.json", "model.npz"))
    documents.write_json(growing / "run.json", {**processes.identity(), **who})
    return growing


def found(key: str = "a1") -> Trial:
    trial = find_trial("alpha", key)
    assert trial is not None
    return trial


def test_a_whole_trial_is_read_the_same_both_ways(place: Path) -> None:
    trial = read_trial("alpha", place)
    assert trial == as_it_stands("alpha", place) == found()
    assert (trial.key, trial.status, trial.finished, trial.run) == ("a1", folder.FINISHED, True, {})
    assert trial.model.exists() and trial.history()["epoch"] == [1, 2, 3]
    check_files(trial)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("summary.json", {"score": "good"}, 'score is "good"'),
        ("summary.json", {"score": True}, "score is true"),
        ("summary.json", {"status": "lost"}, 'status is "lost"'),
        ("summary.json", {"key": "a2"}, "key is a2, expected the folder's name"),
    ],
)
def test_what_no_trial_has_is_named_or_makes_it_a_damaged_one(
    place: Path, name: str, changes: dict[str, Any], message: str
) -> None:
    edit(place / name, **changes)
    with pytest.raises(HoldoutError, match=message):
        read_trial("alpha", place)
    assert as_it_stands("alpha", place).status == folder.DAMAGED
    assert find_trial("alpha", "a1") is None


@pytest.mark.parametrize("name", ["settings.json", "summary.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, None])
def test_a_file_that_is_missing_or_half_there_is_refused_or_waited_for(
    place: Path, name: str, content: str | None
) -> None:
    (place / name).unlink()
    if content is not None:
        (place / name).write_text(content)
    with pytest.raises(HoldoutError, match=name.replace(".", r"\.")):
        read_trial("alpha", place)
    assert find_trial("alpha", "a1") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("settings.json", '{"seed": 2}'), ("history.csv", "epoch,a\n1,2\n"), ("model.npz", "x"), ("summary.json", None)],
)
def test_files_that_the_summary_does_not_know_are_found(place: Path, name: str, content: str | None) -> None:
    if content is None:
        edit(place / name, extra=1)
    else:
        (place / name).write_text(content)
    with pytest.raises(HoldoutError, match="train it again"):
        check_files(read_trial("alpha", place))


def test_a_trial_grows_or_is_killed_until_it_has_ended(place: Path) -> None:
    growing = grow(place)
    assert (found().status, found().folder, found().summary) == (folder.RUNNING, growing, {})
    edit(growing / "run.json", process_start=1.0)
    assert (found().status, found().folder) == (folder.FINISHED, place)
    shutil.rmtree(place)
    assert (found().status, found().folder) == (folder.KILLED, growing)
    (growing / "settings.json").write_text('{"network": {"hid')
    assert find_trial("alpha", "a1") is None


def test_the_stored_trial_comes_before_the_published_one_unless_it_is_damaged(place: Path) -> None:
    shutil.copytree(place, TRIALS / "a1")
    assert found().folder == TRIALS / "a1"
    (TRIALS / "a1/summary.json").write_text("{")
    assert found().folder == place
    assert find_trial("alpha", "b1") is None


@pytest.mark.parametrize("text", ["epoch,a\n1,x\n", "epoch,a\n1\n", "epoch\n1,2\n3\n", "a\n1\n", None])
def test_a_damaged_history_is_named(place: Path, text: str | None) -> None:
    (place / "history.csv").unlink()
    if text is not None:
        (place / "history.csv").write_text(text)
    with pytest.raises(HoldoutError, match=r"history\.csv can't be read"):
        found().history()
    assert found().history_so_far() == {}


def test_a_history_that_is_being_written_has_its_whole_lines(place: Path) -> None:
    (place / "history.csv").write_text("epoch,a\n1,0.5\n2,0.2")
    assert found().history_so_far() == {"epoch": [1], "a": [0.5]}


def test_a_trial_that_ended_before_its_first_epoch_has_no_history(place: Path) -> None:
    (place / "history.csv").write_text("")
    assert found().history() == found().history_so_far() == {}


def test_settings_get_dotted_names_at_any_depth() -> None:
    assert flatten({"a": {"b": 1, "c": {"d": [1]}}, "e": None}) == {"a.b": 1, "a.c.d": [1], "e": None}
