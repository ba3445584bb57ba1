"""A registered model away from the project: what was shipped with it is all that it needs."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tracking import fake_store
from tests.tracking.conftest import Shown

pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own
# Without the project: neither its folder nor the finder that its editable installation puts before all others.
ELSEWHERE = """
import importlib.util, json, sys
sys.meta_path[:] = [f for f in sys.meta_path if "__editable__" not in f"{getattr(f, '__module__', '')} {f}"]
sys.path[:] = [place for place in sys.path if "__editable__" not in place]
assert importlib.util.find_spec("pipeline") is None, importlib.util.find_spec("pipeline")
import mlflow
model, rows = sys.argv[1:]
table = mlflow.pyfunc.load_model(model).predict(json.loads(rows))
import pipeline.storage
print(json.dumps({"answers": table.to_dict("list"), "from": pipeline.storage.__file__}))
"""


@pytest.fixture
def registered(show: type[Shown], project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the champion as it was registered, in another folder."""
    fake_store.select()
    show()
    (logged,) = project.glob("mlartifacts/models/*/artifacts")
    copy = tmp_path_factory.mktemp("elsewhere") / "model"
    shutil.copytree(logged, copy)
    return copy


def test_a_registered_model_answers_away_from_the_project_as_it_does_here(registered: Path) -> None:
    rows = [[0.5, -1.0, 2.0], [3.0, 4.0, -5.0]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MLFLOW"))}
    words = [sys.executable, "-I", "-c", ELSEWHERE, str(registered), json.dumps(rows)]
    done = subprocess.run(words, cwd=registered.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert Path(said["from"]).is_relative_to(registered)
    here = fake_store.model()
    scores = here.scores(np.array(rows)).astype(float)
    expected = pd.DataFrame(scores, columns=["probability_no", "probability_yes"]).to_dict("list")
    assert said["answers"] == {"label": [here.classes[i] for i in here.predict(np.array(rows))], **expected}


def test_every_package_that_the_shipped_code_imports_is_required(registered: Path) -> None:
    lines = (registered / "requirements.txt").read_text().split()
    required = {_canonical(line.partition("==")[0]) for line in lines}
    assert all("==" in line for line in lines)
    provided = importlib.metadata.packages_distributions()
    imported = {name for path in registered.rglob("*.py") for name in _imports(path)}
    third_party = imported - sys.stdlib_module_names - {"pipeline"}
    assert {"numpy", "mlflow"} <= third_party
    missing = [name for name in third_party if not required & set(map(_canonical, provided[name]))]
    assert missing == []


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(path: Path) -> set[str]:
    """Top-level names of all that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names}
