"""A stage starts with what it needs: every library more is paid for by each person at each start."""

import subprocess
import sys

import pytest

HEAVY = (
    "dvc",
    "git",
    "hydra",
    "matplotlib",
    "mlflow",
    "numba",
    "omegaconf",
    "pandas",
    "PIL",
    "pyarrow",
    "rich",
    "sklearn",
)
HEAVY += ("scipy.linalg", "scipy.optimize", "scipy.stats")
BRINGS: dict[str, set[str]] = {
    "prepare": {"PIL", "pyarrow", "rich"},
    "split": set(),
    "check": set(),
    "train": {"hydra", "omegaconf", "scipy.linalg"},
    "select": {"scipy.linalg"},
    "baselines": {"scipy.linalg"},
    "evaluate": {"scipy.linalg"},
    "report": {"matplotlib", "PIL", "scipy.linalg"},
}


@pytest.mark.processes
@pytest.mark.parametrize("stage", BRINGS)
def test_a_stage_brings_no_library_that_it_may_not_need(stage: str) -> None:
    code = f"import sys, pipeline.stages.{stage}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= BRINGS[stage]
