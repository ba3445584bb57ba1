"""One trial: when it is reused, what is stored, and what becomes of one that fails."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage import digests, documents
from pipeline.storage.models import read_model
from pipeline.training.hyperparameters import changed
from pipeline.trials import trial
from pipeline.trials.trial import run_trial
from tests.trials.made import data, settings


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_finished_trial_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_trial(settings(), data())
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    second = run_trial(settings(), data())
    assert second == {**first, "reused": True}


def test_what_is_stored_is_whole() -> None:
    summary = run_trial(settings(), data())
    folder = Path(".trials") / summary["key"]
    model = read_model(folder / "model.npz")
    assert summary["parameters"] == sum(w.size for w in model.weights)
    assert summary["model_sha256"] == digests.of_file(folder / "model.npz")
    assert documents.read_json(folder / "settings.json")["network"]["output"] == "softmax"
    lines = (folder / "history.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,train/loss,train/error")
    assert len(lines) == 1 + summary["epochs"]
    assert not list(Path(".trials/running").glob("*/"))


def test_the_history_can_be_read_while_training() -> None:
    seen: list[int] = []

    def look(epoch: int, record: dict[str, float]) -> None:
        (history,) = Path(".trials/running").glob("*/history.csv")
        seen.append(len(history.read_text().splitlines()))

    run_trial(settings(), data(), look)
    assert seen == [2, 3, 4]


@pytest.mark.parametrize("name", ["model.npz", "summary.json", "settings.json", "history.csv"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
def test_a_damaged_trial_is_trained_again(name: str, damage: Any) -> None:
    first = run_trial(settings(), data())
    damage(Path(".trials") / first["key"] / name)
    again = run_trial(settings(), data())
    assert again == first
    assert read_model(Path(".trials") / first["key"] / "model.npz").classes == ("in", "out")


def test_spelling_out_auto_does_not_change_the_key() -> None:
    explicit = changed(settings(), {"network.output": "softmax", "network.loss": "cross_entropy"})
    assert run_trial(explicit, data())["key"] == run_trial(settings(), data())["key"]


def test_a_trial_that_raises_is_recorded_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError("no room for 9 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(trial, "validate", out_of_memory)
        failed = run_trial(settings(), data())
    assert (failed["status"], failed["reason"]) == ("failed", "MemoryError: no room for 9 GiB")
    assert run_trial(settings(), data())["status"] == "finished"


def test_a_mistake_in_the_settings_trains_nothing() -> None:
    with pytest.raises(HoldoutError, match=r"optimizer\.momentum"):
        run_trial(settings(momentum=0.5), data())
    assert not Path(".trials").exists()
