"""What is kept of each row while a network trains has to fit into memory; the rows themselves need not."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.training.hyperparameters import changed
from pipeline.trials import room_for_rows
from pipeline.trials.refitting import refit_of
from pipeline.trials.room_for_rows import check_rows
from pipeline.trials.trial import run_trial
from tests.trials.made import data, settings

FOLDS = {"validation.name": "k_fold"}


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has 1,800 bytes left: the 60 rows of two columns take 960, and 32 more each in training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(room_for_rows, "SMALL", 0)
    monkeypatch.setattr(room_for_rows, "free_bytes", lambda: 1800)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"ensemble.members": 3}, r"training on 60 rows takes .* use fewer \(split\.training_rows in params\.yaml\)"),
        (FOLDS, "validation=k_fold takes the open rows into memory, .* use validation=hold_out, under which they stay"),
    ],
)
def test_what_has_no_room_is_refused_before_anything_is_written(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(HoldoutError, match=f"^settings: {said}"):
        run_trial(changed(settings(), setting), data())
    assert not [path for path in Path(".trials/running").glob("*") if path.suffix != ".lock"]


def test_what_has_room_is_trained_and_reused_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_for_rows, "free_bytes", lambda: 2000)
    check_rows(settings(), data())
    first = run_trial(settings(), data())
    monkeypatch.setattr(room_for_rows, "free_bytes", lambda: 0)
    assert run_trial(settings(), data()) == {**first, "reused": True}


def test_a_refit_takes_all_open_rows_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_for_rows, "free_bytes", lambda: 959)
    with pytest.raises(HoldoutError, match=r"selection\.refit=true takes the open rows into memory"):
        refit_of(None, settings(), data(), 2)  # type: ignore[arg-type]
