"""A sweep by jobs of submitit or Ray comes to the same bytes as one by our own workers."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from pipeline.trials.store import OTHERS
from tests.project import Run, change, environment, make_project, wait_for
from tests.trials.made import contents

Made = tuple[Path, Run, dict[str, bytes]]
pytestmark = [pytest.mark.ci, pytest.mark.processes]
TRAIN = "python -m pipeline.stages.train experiment=rates"
# Ray's sockets need short names, and the temporary folder of a project in /tmp is its own.
QUIET = {"HOLDOUT_TRACKING": "off", "TMPDIR": "/var/tmp"}
NEEDS = {"submitit_local": "submitit", "ray": "ray"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project whose experiment was trained by our own workers, and what that came to."""
    folder = tmp_path_factory.mktemp("launched") / "project"
    run = make_project(folder, {"source": "iris"})
    run("dvc repro split", **QUIET)
    run(TRAIN, **QUIET)
    return folder, run, contents(folder / "experiments/rates/results")


@pytest.fixture
def emptied(project: Made) -> Made:
    folder, _, _ = project
    empty(folder)
    return project


def empty(folder: Path) -> None:
    """Forget all trials."""
    for place in (folder / ".trials").iterdir():
        if place.name not in OTHERS - {"running", "sweeps"}:
            shutil.rmtree(place)
    shutil.rmtree(folder / "experiments/rates/results", ignore_errors=True)


@pytest.fixture(scope="module")
def longer(project: Made) -> Made:
    """The same with trials of some seconds, of which there are four."""
    folder, run, _ = project
    change(
        folder / "conf/experiment/rates.yaml", lambda values: values.update(stopping={"epochs": 2000, "patience": 0})
    )
    change(folder / "conf/experiment/rates.yaml", lambda values: values.update(checkpoint_seconds=0.1))
    rates = {"optimizer.learning_rate": "0.01,0.02,0.03,0.04"}
    change(folder / "conf/experiment/rates.yaml", lambda values: values["hydra"]["sweeper"].update(params=rates))
    empty(folder)
    run(TRAIN, **QUIET)
    return folder, run, contents(folder / "experiments/rates/results")


def needs(launcher: str) -> None:
    if importlib.util.find_spec(NEEDS[launcher]) is None:
        pytest.skip(f"{NEEDS[launcher]} is not installed: it is an extra")


@pytest.mark.parametrize("launcher", NEEDS)
def test_a_sweep_by_jobs_comes_to_the_same_bytes(emptied: Made, launcher: str) -> None:
    needs(launcher)
    folder, run, alone = emptied
    said = run(f"{TRAIN} hydra/launcher={launcher} trials_per_job=1", **QUIET).stdout
    heads = sorted(line.partition(":")[0] for line in said.splitlines())
    assert heads == ["trial 1 of 2, rates", "trial 2 of 2, rates"]
    assert contents(folder / "experiments/rates/results") == alone
    again = run(f"{TRAIN} hydra/launcher={launcher}", **QUIET).stdout
    assert again.count("reused") == 2


def growing(folder: Path) -> Path | None:
    """A trial that has a checkpoint and is not finished."""
    found = (folder / ".trials/running").glob("*/checkpoint.npz")
    return next((path.parent for path in sorted(found) if (path.parent / "run.json").exists()), None)


def start(folder: Path, words: str = "") -> subprocess.Popen[str]:
    command = f"{TRAIN} {words}".split()
    return subprocess.Popen(
        command, cwd=folder, env=environment(**QUIET), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_killed_job_is_one_line_and_its_trial_goes_on(longer: Made) -> None:
    needs("submitit_local")
    folder, run, alone = longer
    empty(folder)
    sweep = start(folder, "hydra/launcher=submitit_local trials_per_job=2")
    place = wait_for(lambda: growing(folder))
    os.kill(json.loads((place / "run.json").read_text())["pid"], signal.SIGKILL)
    _, said = sweep.communicate(timeout=300)
    assert sweep.returncode == 1
    assert said.count("\n") == 1
    assert "of 4 trials are not finished" in said and "ended with status -9. The finished ones are kept: run" in said
    run(f"{TRAIN} hydra/launcher=submitit_local trials_per_job=2", **QUIET)
    assert contents(folder / "experiments/rates/results") == alone
    assert json.loads((folder / ".trials" / place.name / "run.json").read_text())["resumed_after"]


def test_a_sweep_goes_on_beside_the_jobs_of_a_killed_one(longer: Made) -> None:
    """Its jobs train on; the second meets them, and no trial is trained twice."""
    needs("submitit_local")
    folder, run, alone = longer
    empty(folder)
    with start(folder, "hydra/launcher=submitit_local trials_per_job=2") as first:
        wait_for(lambda: growing(folder))
        first.kill()
        first.communicate()
    run(TRAIN, **QUIET)
    assert contents(folder / "experiments/rates/results") == alone
    runs = [json.loads(path.read_text()) for path in (folder / ".trials").glob("*/run.json")]
    assert len(runs) == 4 and not any(one["resumed_after"] for one in runs)


def test_two_runs_of_one_experiment_share_its_trials(longer: Made) -> None:
    folder, _, alone = longer
    empty(folder)
    both = [start(folder, "hydra/launcher=basic"), start(folder)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    lines = "".join(out for out, _ in said).splitlines()
    assert len(lines) == 8 and sum("reused" in line for line in lines) == 4
    assert contents(folder / "experiments/rates/results") == alone
