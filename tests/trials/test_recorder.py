"""Trials that are killed: what is left on disk, and how the next run goes on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.storage import atomic
from pipeline.storage.places import GROWING, TRIALS, sweep_all_leftovers
from pipeline.trials import trial
from pipeline.trials.trial import run_trial
from pipeline.trials.whole import reusable
from tests.trials.made import contents, data, settings

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, signal
from pipeline.trials.trial import run_trial
from tests.trials.made import data, settings
def follow(epoch, record):
    if epoch == {epoch}:
        os.kill(os.getpid(), signal.SIGKILL)
made = settings(12, name="momentum", momentum=0.5)
run_trial(made, data(), follow, checkpoint_seconds={seconds})
"""


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def killed_at(epoch: int, seconds: float = 1e-9) -> Path:
    """A real process that kills itself in an epoch; returns what it leaves."""
    program = PROGRAM.format(epoch=epoch, seconds=seconds)
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -signal.SIGKILL
    (folder,) = GROWING.glob("*/")
    return folder


def run(seconds: float = 0.0, **more: Any) -> tuple[dict[str, Any], list[int]]:
    made, seen = settings(12, name="momentum", momentum=0.5), []
    summary = run_trial(made, data(), lambda epoch, record: seen.append(epoch), checkpoint_seconds=seconds, **more)
    return summary, seen


def uninterrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    folder.mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(folder)
        summary, _ = run()
        found = contents(TRIALS / summary["key"])
    del found["run.json"]
    return found


@pytest.mark.processes
def test_a_trial_killed_by_the_system_goes_on_at_its_checkpoint_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(7)
    summary, epochs = run()
    assert epochs[0] == 7
    found = contents(TRIALS / summary["key"])
    assert json.loads(found.pop("run.json"))["resumed_after"] == 6
    assert found == uninterrupted(tmp_path / "elsewhere", monkeypatch)
    assert not list(GROWING.glob("*/"))


@pytest.mark.processes
def test_without_checkpoints_it_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(7, seconds=0)
    summary, epochs = run()
    assert epochs[0] == 1
    found = contents(TRIALS / summary["key"])
    del found["run.json"]
    assert found == uninterrupted(tmp_path / "elsewhere", monkeypatch)


def flip(path: Path, place: int) -> None:
    """One bit."""
    text = bytearray(path.read_bytes())
    text[place] ^= 1
    path.write_bytes(text)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "checkpoint.npz").write_bytes((folder / "checkpoint.npz").read_bytes()[:-100]),
        lambda folder: (folder / "checkpoint.npz").write_bytes(b"no zip"),
        lambda folder: np.savez(folder / "checkpoint.npz", facts=np.array("[]")),
        lambda folder: np.savez(folder / "checkpoint.npz", facts=np.array([{}], dtype=object)),
        lambda folder: (folder / "history.csv").unlink(),
        lambda folder: (folder / "history.csv").write_text("epoch\n1\n"),
        lambda folder: flip(folder / "history.csv", 0),  # a name
        lambda folder: flip(folder / "history.csv", (folder / "history.csv").read_bytes().index(b"\n") + 8),  # a digit
        lambda folder: flip(folder / "settings.json", -5),
        lambda folder: (folder / "run.json").write_text("{"),
    ],
)
@pytest.mark.processes
def test_a_damaged_checkpoint_or_history_costs_time_but_no_bits(
    damage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(killed_at(5))
    summary, epochs = run()
    assert epochs[0] in (1, 5)
    found = contents(TRIALS / summary["key"])
    del found["run.json"]
    assert found == uninterrupted(tmp_path / "elsewhere", monkeypatch)


def test_a_trial_that_had_all_its_files_is_brought_to_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between its summary and the rename, it is finished: it must not be trained twice."""
    first, _ = run()
    os.replace(TRIALS / first["key"], GROWING / first["key"])
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    second, _ = run()
    assert second == {**first, "reused": True}
    stored = reusable(TRIALS / first["key"])
    assert stored is not None and stored.summary == first


def test_a_full_disk_ends_the_run_and_keeps_the_checkpoint() -> None:
    """It is the machine's failure and not the trial's."""

    def full(epoch: int, record: dict[str, float]) -> None:
        if epoch == 4:
            raise OSError(28, "No space left on device")

    made = settings(12, name="momentum", momentum=0.5)
    with pytest.raises(OSError, match="No space left"):
        run_trial(made, data(), full, checkpoint_seconds=1e-9)
    _, epochs = run()
    assert epochs[0] == 4


def test_what_dead_processes_left_half_written_is_swept_and_what_lives_is_not() -> None:
    TRIALS.mkdir()
    dead, alive, other = (TRIALS / f".x.tmp-{host}-{pid}" for host, pid in (
        (atomic.HOST, 2**22 + 1), (atomic.HOST, os.getpid()), ("0" * 8, 2**22 + 1)
    ))  # fmt: skip
    for path in (dead, alive, other):
        path.write_text("half")
    sweep_all_leftovers()
    assert not dead.exists() and alive.exists() and other.exists()
