"""What decides a trial's key: settings, the rows that are read, the engine and how it computes; and nothing else."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.configuration.settings import resolve
from pipeline.imports import closure
from pipeline.storage.parts import OpenData
from pipeline.trials import keys
from tests.trials.made import CARD, data, settings


def key(given: OpenData | None = None, **optimizer: Any) -> str:
    return keys.trial_key(resolve(settings(**optimizer), CARD), given or data())


def changed(part: str, **arrays: Any) -> OpenData:
    found = data()
    return dataclasses.replace(found, **{part: dataclasses.replace(getattr(found, part), **arrays)})


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.2},
        {"batch_size": 5},
        {"name": "momentum", "momentum": 0.5},
    ],
)
def test_settings_change_the_key(change: dict[str, Any]) -> None:
    assert key(**change) != key()


@pytest.mark.parametrize("part", ["train", "validation"])
def test_rows_change_the_key_whatever_the_card_says(part: str) -> None:
    X, y = getattr(data(), part).X, getattr(data(), part).y
    found = [changed(part, X=X[::-1]), changed(part, X=X.astype(np.float32)), changed(part, y=y[::-1])]
    found += [changed(part, groups=groups) for groups in (np.zeros(len(y), int), np.arange(len(y)))]
    assert len({key(), *map(key, found)}) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"classes": ("a", "b")},
        {"features": ("c", "d")},
        {"image_shape": (1, 2)},
    ],
)
def test_the_names_and_the_shape_saved_with_the_weights_change_the_key(change: dict[str, Any]) -> None:
    assert key(dataclasses.replace(data(), card=dataclasses.replace(CARD, **change))) != key()


def test_where_the_rows_came_from_does_not_change_the_key() -> None:
    card = dataclasses.replace(CARD, source="elsewhere", hashes={"train/X": "other"}, notes=("a note",))
    assert key(dataclasses.replace(data(), card=card)) == key()
    assert key(changed("train", origin=np.arange(100, 140))) == key()


def test_the_engine_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(keys, "engine_hash", lambda: "other")
    assert key() != before


def test_what_a_training_imports_is_what_the_engine_hash_covers() -> None:
    inside = {path.relative_to(keys.PACKAGE).parts[0] for path in closure("pipeline.training.validation")}
    decide_nothing = {"errors.py", "extras.py", "fields.py", "headroom.py", "limits.py", "__init__.py"}
    assert inside == {*keys.ENGINE} | decide_nothing


@pytest.mark.parametrize("room", keys.ENGINE)
def test_a_change_in_a_room_that_decides_numbers_changes_the_engine_hash(room: str, tmp_path: Path) -> None:
    for name in (*keys.ENGINE, "reporting"):
        shutil.copytree(keys.PACKAGE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = keys.engine_hash(tmp_path)
    assert before == keys.engine_hash()
    (tmp_path / "reporting" / "plots.py").write_text("", encoding="utf-8")
    assert keys.engine_hash(tmp_path) == before
    (tmp_path / room / "new.py").write_text("", encoding="utf-8")
    assert keys.engine_hash(tmp_path) != before
