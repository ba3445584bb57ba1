"""An unfinished trial that travels goes on where it was, to the same bytes; what doesn't fit together is not taken."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import HoldoutError
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import unfinished
from pipeline.trials.archives import zipped
from pipeline.trials.checkpoints import beside, kept, saved_epochs
from pipeline.trials.folder import grown
from pipeline.trials.meeting import alone
from pipeline.trials.pruning import Cut, prune
from pipeline.trials.store import entries
from pipeline.trials.trial import run_trial
from tests.trials.made import contents, data, settings

MADE = settings(8, name="momentum", momentum=0.5)
Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def paused(until: int = 3) -> tuple[str, bytes]:
    """The key of a trial that waits after so many epochs, and its parcel."""
    key = run_trial(MADE, data(), until=until)["key"]
    parcel = unfinished.packed(key)
    assert parcel is not None
    return key, parcel


def elsewhere() -> None:
    shutil.rmtree(TRIALS)


def epochs_of(key: str) -> int:
    return saved_epochs(grown(key) or GROWING / key)


def forged(key: str, parcel: bytes, change: Callable[[Files], object]) -> bytes:
    """With other files, under a manifest that fits them."""
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    change(files)
    return zipped(key, files)


def test_it_goes_on_elsewhere_to_the_same_bytes(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, parcel = paused()
    run_trial(MADE, data())
    whole = contents(TRIALS / key)
    elsewhere()
    unfinished.unpacked(parcel, key)
    epochs: list[int] = []
    run_trial(MADE, data(), lambda epoch, record: epochs.append(epoch))
    found = contents(TRIALS / key)
    assert epochs == [4, 5, 6, 7, 8]
    assert {name for name in whole if found.get(name) != whole[name]} == {"run.json"}
    assert contents(TRIALS).keys() == {*(f"{key}/{name}" for name in whole), f"running/{key}.lock"}


def test_it_is_told_as_running_while_who_received_it_is_there() -> None:
    """Who trains it may be a host that nobody can ask."""
    key, parcel = paused()
    there = {"host": "node3", "pid": 7, "process_start": 1.5}

    def trained_there(files: Files) -> None:
        run = json.loads(files["run.json"])
        files["run.json"] = json.dumps({**run, **there, "left": None, "paused_at": None}).encode()

    sent = forged(key, parcel, trained_there)
    elsewhere()
    unfinished.unpacked(sent, key)
    (entry,) = entries()
    assert entry.trial.status == "running" and entry.trial.run["sent_from"] == there
    entry.trial.run["process_start"] = 1.0
    (GROWING / key / "run.json").write_text(json.dumps(entry.trial.run))
    assert entries()[0].trial.status == "killed"


def test_one_that_was_pruned_travels_too() -> None:
    key, _ = paused()
    prune(key, Cut(3, "validation/error", "2nd of 2"))
    parcel = unfinished.packed(key)
    elsewhere()
    assert parcel is not None
    unfinished.unpacked(parcel, key)
    assert epochs_of(key) == 3


def test_there_is_no_parcel_of_what_has_ended_or_has_no_snapshot() -> None:
    key = run_trial(MADE, data())["key"]
    assert unfinished.packed(key) is None and unfinished.packed("0" * 16) is None


def test_there_is_none_of_a_cross_validation_between_its_folds() -> None:
    """Its history begins with the final fit: who has come further could not be told."""
    key = paused()[0]
    (GROWING / key / "history.csv").write_text("")
    facts = beside(GROWING / key, 0)
    with np.load(GROWING / key / "checkpoint.npz") as found:
        arrays: dict[str, Any] = dict(found)
    known = json.loads(str(arrays.pop("facts")))
    np.savez(GROWING / key / "checkpoint.npz", facts=np.array(json.dumps({**known, **facts})), **arrays)
    assert kept(GROWING / key) is not None
    assert unfinished.packed(key) is None


def test_the_further_one_stays() -> None:
    (key, early), (_, late) = paused(2), paused(5)
    unfinished.unpacked(early, key)
    assert epochs_of(key) == 5
    elsewhere()
    unfinished.unpacked(early, key)
    assert epochs_of(key) == 2
    unfinished.unpacked(late, key)
    assert epochs_of(key) == 5


def test_it_is_not_taken_where_the_trial_is_whole_or_trains() -> None:
    key, parcel = paused()
    run_trial(MADE, data())
    unfinished.unpacked(parcel, key)
    assert grown(key) is None
    elsewhere()
    GROWING.mkdir(parents=True)
    with alone(key, wait=False):
        unfinished.unpacked(parcel, key)
    assert grown(key) is None and [path.name for path in GROWING.iterdir()] == [f"{key}.lock"]


def another_snapshot(files: Files) -> None:
    """One that knows of more epochs than there are lines."""
    with np.load(io.BytesIO(files["checkpoint.npz"])) as found:
        arrays: dict[str, Any] = dict(found)
    stream = io.BytesIO()
    facts = json.loads(str(arrays.pop("facts")))
    np.savez(stream, facts=np.array(json.dumps({**facts, "history": 4})), **arrays)
    files["checkpoint.npz"] = stream.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (another_snapshot, "history.csv and checkpoint.npz don't fit together"),
        (lambda files: files.update({"checkpoint.npz": b"no"}), "history.csv and checkpoint.npz don't fit together"),
        (lambda files: files.pop("checkpoint.npz"), "history.csv and checkpoint.npz don't fit together"),
        (lambda files: files.update({"settings.json": b"[]"}), "found no settings"),
        (lambda files: files.update({"settings.json": b'{"a": "${oc.env:HOME}"}'}), r"settings.json: found '\$\{'"),
        (lambda files: files.update({"run.json": b'{"host": 1}'}), "run.json: host is 1"),
        (lambda files: files.update({"summary.json": b"{}"}), "has a file 'summary.json'"),
    ],
)
def test_what_does_not_fit_together_is_not_taken(change: Callable[[Files], object], said: str) -> None:
    key, parcel = paused()
    bad = forged(key, parcel, change)
    elsewhere()
    with pytest.raises(HoldoutError, match=f"^parcel.*{said}.*: it is not taken$"):
        unfinished.unpacked(bad, key)
    assert grown(key) is None and list(GROWING.glob("*")) == []


def test_another_trial_than_the_expected_one_is_refused() -> None:
    key, parcel = paused()
    with pytest.raises(HoldoutError, match=f"found trial {key}, expected {'0' * 16}: it is not taken"):
        unfinished.unpacked(parcel, "0" * 16)
