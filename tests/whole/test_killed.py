"""Trainers and workers that are killed, or whose parent is."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.project import change, environment, make_project, wait_for

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_trainer_ends_with_the_dvc_that_started_it(tmp_path: Path, shell: str) -> None:
    """DVC starts commands by $SHELL: one shell replaces itself by the command, another stays in between."""
    folder = tmp_path / "killed"
    run = make_project(folder, {"source": "digits"})
    change(folder / "conf/experiment/rates.yaml", lambda values: values["stopping"].update(epochs=10**6, patience=0))
    run("dvc repro split")
    words = ["dvc", "repro", "train@rates"]
    dvc = subprocess.Popen(
        words, cwd=folder, env=environment(HOLDOUT_TRACKING="off", SHELL=shell), stdout=-3, stderr=-3
    )
    try:
        trial = wait_for(lambda: next(iter((folder / ".trials/running").glob("*/run.json")), None))
        pid = json.loads(trial.read_text())["pid"]
    finally:
        dvc.kill()
        dvc.wait()
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


# Never ends by itself, and starts at once: nothing is compiled.
ENDLESS = (
    "python -m pipeline.stages.train -m stopping.epochs=100000000 stopping.patience=0 seed=1,2 network.engine=numpy "
    "hydra/launcher=two_workers"
)


@contextlib.contextmanager
def endless_sweep(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A trainer with its workers, which train; none of them outlives the test."""
    run = make_project(folder, {"source": "iris"})
    run("dvc repro prepare split")
    quiet = environment(HOLDOUT_TRACKING="off")
    with subprocess.Popen(ENDLESS.split(), cwd=folder, env=quiet, stderr=subprocess.PIPE, text=True) as trainer:
        started: list[psutil.Process] = []
        try:
            running = folder / ".trials/running"
            found = wait_for(lambda: [path for path in running.glob("*/history.csv") if path.stat().st_size] or None)
            started = psutil.Process(trainer.pid).children(recursive=True)
            numbers = [json.loads((path.parent / "run.json").read_text())["pid"] for path in found]
            assert numbers
            assert trainer.pid not in numbers
            yield trainer, [psutil.Process(number) for number in numbers]
        finally:
            for process in (trainer, *started):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def test_workers_end_with_the_trainer_that_started_them(tmp_path: Path) -> None:
    with endless_sweep(tmp_path / "orphans") as (trainer, workers):
        trainer.kill()
        trainer.wait()
        wait_for(lambda: not any(worker.is_running() for worker in workers))


def test_a_killed_worker_is_one_line(tmp_path: Path) -> None:
    with endless_sweep(tmp_path / "lost") as (trainer, workers):
        workers[0].kill()
        _, said = trainer.communicate(timeout=100)
        assert trainer.returncode == 1
        assert said.splitlines() == [
            "error: a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same "
            "command again, and the others go on"
        ]
