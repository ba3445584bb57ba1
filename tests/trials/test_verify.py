"""The selected trial, trained again."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.models import read_model, write_model
from pipeline.storage.parts import read_split, write_split
from pipeline.storage.places import SELECTED, TRIALS
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.trials import trial
from pipeline.trials.trial import run_trial
from pipeline.trials.verify import verify
from tests.trials.made import CARD, data, settings


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def select(made: Hyperparameters) -> dict[str, Any]:
    write_split(data().train, data().validation, CARD)
    trial.open_split.cache_clear()
    summary = run_trial(made, read_split())
    SELECTED.parent.mkdir()
    shutil.copytree(TRIALS / summary["key"], SELECTED)
    return summary


def test_verify_trains_the_selected_trial_again_to_the_same_weights() -> None:
    summary = select(settings(name="adam"))
    found = verify()
    assert (found.key, found.sha256) == (summary["key"], summary["model_sha256"])


def test_verify_trains_an_averaged_ensemble_again_to_the_same_weights() -> None:
    made = changed(settings(name="adam"), {"ensemble.members": 3, "averaging.name": "exponential"})
    summary, model = select(made), read_model(SELECTED / "model.npz")
    assert model.members == 3
    assert summary["parameters"] == sum(w.size for w in model.weights)
    assert verify().sha256 == summary["model_sha256"]


def test_verify_says_what_is_not_the_same() -> None:
    select(settings(name="adam"))
    model = read_model(SELECTED / "model.npz")
    model.weights[0][0, 0] += 1e-7
    write_model(SELECTED / "model.npz", model)
    with pytest.raises(HoldoutError, match="are not what it trained"):
        verify()
    values = documents.read_json(SELECTED / "settings.json")
    documents.write_json(SELECTED / "settings.json", {**values, "seed": 2})
    with pytest.raises(HoldoutError, match="have changed since: its key would now be"):
        verify()
