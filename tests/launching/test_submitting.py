"""A sweep by jobs of submitit or Ray comes to the same bytes as one by our own workers."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from pipeline.trials.store import OTHERS
from tests.project import Run, make_project
from tests.trials.made import contents

Made = tuple[Path, Run, dict[str, bytes]]
pytestmark = [pytest.mark.ci, pytest.mark.processes]
TRAIN = "python -m pipeline.stages.train experiment=rates"
NEEDS = {"submitit_local": "submitit", "ray": "ray"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project whose experiment was trained by our own workers, and what that came to."""
    folder = tmp_path_factory.mktemp("launched") / "project"
    run = make_project(folder, {"source": "iris"})
    run("dvc repro split", HOLDOUT_TRACKING="off")
    run(TRAIN, HOLDOUT_TRACKING="off")
    return folder, run, contents(folder / "experiments/rates/results")


@pytest.fixture
def emptied(project: Made) -> Made:
    folder, _, _ = project
    for place in (folder / ".trials").iterdir():
        if place.name not in OTHERS - {"running", "sweeps"}:
            shutil.rmtree(place)
    shutil.rmtree(folder / "experiments/rates/results")
    return project


def needs(launcher: str) -> None:
    if importlib.util.find_spec(NEEDS[launcher]) is None:
        pytest.skip(f"{NEEDS[launcher]} is not installed: it is an extra")


@pytest.mark.parametrize("launcher", NEEDS)
def test_a_sweep_by_jobs_comes_to_the_same_bytes(emptied: Made, launcher: str) -> None:
    needs(launcher)
    folder, run, alone = emptied
    said = run(f"{TRAIN} hydra/launcher={launcher} trials_per_job=1", HOLDOUT_TRACKING="off").stdout
    assert [line.partition(":")[0] for line in sorted(said.splitlines())] == [
        "trial 1 of 2, rates",
        "trial 2 of 2, rates",
    ]
    assert contents(folder / "experiments/rates/results") == alone
    again = run(f"{TRAIN} hydra/launcher={launcher}", HOLDOUT_TRACKING="off").stdout
    assert again.count("reused") == 2
