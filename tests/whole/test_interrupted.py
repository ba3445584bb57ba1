"""Ctrl-C on a trainer: the best weights so far are kept and said, and the same command goes on."""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from pipeline.storage.models import read_model
from tests.project import environment, make_project, wait_for

pytestmark = pytest.mark.processes

TRAIN = (
    "python -m pipeline.stages.train network.engine=numpy optimizer.batch_size=0 stopping.patience=0 "
    "hydra/launcher=basic stopping.epochs="
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("interrupted") / "project"
    make_project(made, {"source": "iris"})("dvc repro prepare split")
    return made


def grown(folder: Path) -> tuple[int, int]:
    """How many trials have trained an epoch and go on, and how many are finished."""
    with contextlib.suppress(FileNotFoundError):  # moved to its place just now
        histories = (folder / ".trials/running").glob("*/history.csv")
        return sum(path.stat().st_size > 0 for path in histories), len(
            list((folder / ".trials").glob("*/summary.json"))
        )
    return -1, -1


def interrupted(folder: Path, command: str, running: int = 1, finished: int = 0) -> tuple[int, str]:
    """Press Ctrl-C, as a terminal does, once so many more trials are there; (exit status, stderr)."""
    before = grown(folder)
    quiet = environment(HOLDOUT_TRACKING="off")
    with subprocess.Popen(
        command.split(), cwd=folder, env=quiet, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as trainer:
        try:
            wait_for(lambda: grown(folder) == (before[0] + running, before[1] + finished))
            os.killpg(trainer.pid, signal.SIGINT)
            _, said = trainer.communicate(timeout=60)
        finally:
            if trainer.poll() is None:
                os.killpg(trainer.pid, signal.SIGKILL)
    return trainer.returncode, said


def test_an_interrupted_trial_leaves_a_model_and_goes_on(folder: Path) -> None:
    command = f"{TRAIN}3000 seed=11"
    status, said = interrupted(folder, command)
    (model,) = (folder / ".trials/running").glob("*/model.npz")
    key = model.parent.name
    assert status == 130
    assert said.count("\n") == 1
    assert said.startswith(f"interrupted: trial {key} in training after epoch ")
    assert f"are in .trials/running/{key}/model.npz; the same command goes on there; finished trials are kept" in said
    assert read_model(model).classes == ("setosa", "versicolor", "virginica")
    assert not (folder / ".trials" / key).exists()  # nobody takes it for a finished trial
    done = subprocess.run(command.split(), cwd=folder, env=environment(HOLDOUT_TRACKING="off"), check=True)
    run = json.loads((folder / ".trials" / key / "run.json").read_text())
    assert done.returncode == 0
    assert run["resumed_after"] == int(said.partition("after epoch ")[2].partition(":")[0])
    history = (folder / ".trials" / key / "history.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in history] == ["epoch", *map(str, range(1, 3001))]


def test_an_interrupted_sweep_keeps_the_trials_that_are_finished(folder: Path) -> None:
    before = set((folder / ".trials").glob("*/summary.json"))
    status, said = interrupted(folder, f"{TRAIN}2,10000000 seed=12 -m", finished=1)
    assert (status, said.count("\n")) == (130, 1)
    assert said.startswith("interrupted: trial ")
    (kept,) = set((folder / ".trials").glob("*/summary.json")) - before
    assert json.loads(kept.read_text())["epochs"] == 2


def test_interrupted_workers_keep_what_they_have(folder: Path) -> None:
    running = folder / ".trials/running"
    before = set(running.glob("*/model.npz"))
    command = f"{TRAIN}10000000 seed=13,14 -m".replace("launcher=basic", "launcher=two_workers")
    status, said = interrupted(folder, command, 2)
    first, second, last = said.splitlines()
    assert status == 130
    assert first.startswith("interrupted: trial ") and second.startswith("interrupted: trial ")
    assert last == "interrupted; finished trials are kept"
    assert len(set(running.glob("*/model.npz")) - before) == 2
