"""The first line of a stage: what is imported before it is confined, and that nothing of the project escapes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import launcher
from pipeline.sealing import landlock
from tests import project
from tests.reporting import published

pytestmark = pytest.mark.processes
MECHANISMS = [
    pytest.param("landlock", marks=pytest.mark.skipif(not landlock.available(), reason="this kernel has no Landlock")),
    "audit",
]
READER = """
import numpy as np
try:
    np.load("data/prepared/X.npy")
    print("read it")
except PermissionError as error:
    print("refused")
"""
# What may be loaded before a stage is confined; PyYAML besides, which reads dvc.yaml.
BEFORE = {
    *("pipeline", "pipeline.extras", "pipeline.stages", "pipeline.launcher", "pipeline.console", "pipeline.errors"),
    *("pipeline.streams", "pipeline.whereabouts", "pipeline.fields", "pipeline.tracking"),
    *("pipeline.tracking.address", "pipeline.tracking.child", "pipeline.storage", "pipeline.storage.atomic"),
    *("pipeline.storage.documents", "pipeline.storage.places", "pipeline.sealing"),
    *(f"pipeline.sealing.{name}" for name in ("boundaries", "circumstances", "confine", "declared", "git_places")),
    *("pipeline.trials", "pipeline.trials.dispatch"),
    *("pipeline.torn", "pipeline.storage.swapping"),
    *("pipeline.sealing.landlock", "pipeline.sealing.children", "pipeline.sealing.children.sitecustomize"),
}
HEAVY = {"numpy", "scipy", "numba", "hydra", "omegaconf", "mlflow", "pandas", "pyarrow", "sklearn", "psutil", "joblib"}
LISTING = """
import json, sys
from pipeline.sealing import confine
before = confine._hold
def hold(*words):
    found = before(*words)
    print(json.dumps(sorted(sys.modules)))
    return found
confine._hold = hold
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    place.mkdir()
    published.complete(place)
    project.copy_program(place)
    return place


def start(folder: Path, stage: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"pipeline.stages.{stage}", *words]
    environment = project.environment(HOLDOUT_TRACKING="off", **more)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("module", ["training/__init__.py", "stages/train.py"])
def test_code_at_the_top_of_a_module_is_confined(folder: Path, module: str, mechanism: str) -> None:
    file = folder / "pipeline" / module
    file.write_text(READER + file.read_text())
    done = start(folder, "train", "experiment=alpha,beta", HOLDOUT_CONFINE=mechanism)
    assert "refused" in done.stdout.split() and "read it" not in done.stdout, done.stderr


def test_nothing_heavy_and_nothing_that_trains_is_loaded_before(folder: Path) -> None:
    """The interpreter is asked at the moment at which the stage has just been confined."""
    package = folder / "pipeline/sealing/__init__.py"
    package.write_text(package.read_text() + LISTING)
    done = start(folder, "train", "experiment=alpha,beta")
    modules = set(json.loads(done.stdout.splitlines()[0]))
    assert {name for name in modules if name.partition(".")[0] == "pipeline"} <= BEFORE
    assert not modules & HEAVY


def test_the_only_thread_is_confined(folder: Path) -> None:
    """Landlock binds threads that are there already to nothing."""
    start(folder, "select")
    noted = json.loads((folder / ".trials/circumstances/select.json").read_text())["confinement"]
    assert noted["from_start"] is True
    if landlock.available():
        assert noted == {"kind": "landlock", "abi": landlock.version(), "from_start": True}


@pytest.mark.parametrize("stage", ["select", "train"])
def test_a_mistake_before_the_stage_is_one_line(folder: Path, stage: str) -> None:
    (folder / "params.yaml").write_text("a: [")
    done = start(folder, stage, "experiment=alpha")
    assert done.returncode == 1
    assert done.stderr.startswith("error: params.yaml is not readable YAML: ")
    assert len(done.stderr.splitlines()) == 1


def test_off_leaves_its_trace(folder: Path) -> None:
    done = start(folder, "select", HOLDOUT_CONFINE="off")
    assert "confinement is off: nothing keeps it from the test rows" in done.stderr
    noted = json.loads((folder / ".trials/circumstances/select.json").read_text())
    assert noted["confinement"]["kind"] == "off"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["python", "-m", "pipeline.stages.train", "a=1"], "pipeline.stages.train"),
        (["python", "-B", "-mpipeline.stages.train", "a=1"], "pipeline.stages.train"),
        (["python", "-m", "pytest", "a=1"], ""),
    ],
)
def test_the_module_is_read_off_the_command_line(words: list[str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", words)
    monkeypatch.setattr(sys, "argv", ["-m", "a=1"])
    assert launcher.module() == name


def test_in_another_command_nothing_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(published.complete(tmp_path))
    monkeypatch.setattr(sys, "argv", ["pytest"])
    launcher.launch()
    assert not Path(".trials").exists()
    assert os.environ.get("HOLDOUT_AUDIT") is None
