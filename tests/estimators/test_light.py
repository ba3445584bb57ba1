"""The estimators need neither DVC, nor Hydra, nor MLflow: what every installation has is enough."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.imports import others
from tests.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED = {"llvmlite": "numba", "sklearn": "scikit-learn"}  # by the package that brings them
HEAVY = ("dvc", "hydra", "mlflow", "omegaconf", "matplotlib", "rich", "PIL", "onnx", "mlxtend")
# yaml is left out: Numba reads its own settings by it, where it is installed.
WORK = """if True:
    import sys
    import numpy as np
    from pipeline.estimators import BackpropClassifier, BackpropRegressor
    X = np.array([[n % 3, n % 2 and "a" or "b"] for n in range(60)], object)
    BackpropClassifier(3, epochs=2, patience=0).fit(X, np.arange(60) % 2).predict_proba(X)
    print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}


def test_the_core_is_what_the_estimators_import() -> None:
    assert {IMPORTED.get(name, name) for name in others("pipeline.estimators")} == names(PROJECT["dependencies"])
    assert not names(PROJECT["dependencies"]) & names(PROJECT["optional-dependencies"]["pipeline"])


@pytest.mark.processes
def test_training_loads_nothing_of_the_pipeline_extra() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert {"sklearn", "numba"} <= loaded and not loaded & {*HEAVY}


@pytest.mark.processes
@pytest.mark.parametrize("command", ["stages.train", "stages.prepare", "predict", "export", "trials", "new"])
def test_a_command_without_the_extra_says_in_one_line_what_to_type(command: str, tmp_path: Path) -> None:
    blocked = "import importlib.util as u; f = u.find_spec\n"
    blocked += "u.find_spec = lambda name, *more: None if name in ('hydra', 'dvc') else f(name, *more)\n"
    (tmp_path / "sitecustomize.py").write_text(blocked)
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""}
    words = [sys.executable, "-m", f"pipeline.{command}"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=ROOT)
    expected = "error: dvc, hydra can't be found, which commands need: pip install 'holdout[pipeline]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
