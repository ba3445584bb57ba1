"""Jobs of a Slurm without accounts: what squeue says of them, and that one it no longer lists has ended."""

import importlib.util
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("submitit") is None:
    pytest.skip("submitit is not installed: it is an extra", allow_module_level=True)

from submitit.slurm.slurm import SlurmInfoWatcher, SlurmJob

from pipeline.launching import task
from pipeline.launching.slurm_queue import PATIENCE, QueueWatcher, ask_what_answers

pytestmark = pytest.mark.processes
Commands = Callable[[str, str], None]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Writes a command of Slurm that does what a line of sh says."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(name: str, line: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)

    return write


def watched(now: list[float]) -> Any:
    watcher = QueueWatcher(lambda: now[0])
    watcher.register_job("7_0")
    watcher.register_job("7_1")
    return watcher


def test_a_job_is_what_squeue_says(commands: Commands) -> None:
    commands("squeue", "echo '7_0|RUNNING'; echo '7_1|NODE_FAIL'; echo '8_0|RUNNING'")
    watcher = watched([0.0])
    assert watcher.get_state("7_0", mode="force") == "RUNNING"
    assert not watcher.is_done("7_0", mode="cache")
    assert watcher.is_done("7_1", mode="cache")


def test_one_that_is_listed_no_more_has_ended(commands: Commands) -> None:
    now = [0.0]
    watcher = watched(now)
    commands("squeue", "echo '7_0|PENDING'")
    watcher.update()
    assert not watcher.is_done("7_1", mode="cache")  # it may be too new
    now[0] = PATIENCE + 1
    watcher.update()
    assert watcher.is_done("7_1", mode="cache")
    assert not watcher.is_done("7_0", mode="cache")


def test_a_controller_that_is_away_ends_no_job(commands: Commands) -> None:
    now = [0.0]
    watcher = watched(now)
    commands("squeue", "echo '7_0|RUNNING'")
    watcher.update()
    now[0] = 10 * PATIENCE
    commands("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    watcher.update()
    assert not any(watcher.is_done(job, mode="cache") for job in ("7_0", "7_1"))


@pytest.mark.parametrize(("status", "kind"), [(0, SlurmInfoWatcher), (1, QueueWatcher)])
def test_squeue_is_asked_only_where_sacct_has_no_answer(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, status: int, kind: type
) -> None:
    monkeypatch.setattr(SlurmJob, "watcher", SlurmInfoWatcher())
    commands("sacct", f"exit {status}")
    ask_what_answers()
    assert type(SlurmJob.watcher) is kind


@pytest.fixture
def terminable() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_job_whose_time_is_over_is_submitted_again_as_it_was(terminable: None) -> None:
    again = task.Requeued().checkpoint("order", "folder")
    assert isinstance(again.function, task.Requeued)
    assert again.args == ("order", "folder")
    # The `scontrol requeue` that follows must outlive the signal with which Slurm ends the job.
    subprocess.run(["sh", "-c", "kill -TERM $$; true"], check=True)
