"""prepare as a person runs it: all of its output, or one line and none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.configuration.params import PLACEHOLDER
from pipeline.stages import prepare
from pipeline.storage import digests
from pipeline.storage.places import PARAMS, PREPARED
from pipeline.storage.prepared import read_prepared

TEXT = """
data: {{source: {source}, path: {path}, target: {target}}}
split: {{ratio: [5, 1, 1], seed: 1, stratify: true}}
experiments: [baseline]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    Path("dvc.yaml").write_text("stages: {}\n")
    return tmp_path


def params(source: str, path: str = PLACEHOLDER, target: str = "null") -> None:
    PARAMS.write_text(TEXT.format(source=source, path=path, target=target))


def test_iris(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params("iris")
    prepare.main()
    part, card = read_prepared()
    assert part.X.shape == (150, 4)
    assert card.classes == ("setosa", "versicolor", "virginica")
    assert card.hashes == {"X": digests.of_array(part.X), "y": digests.of_array(part.y)}
    assert part.origin.tolist() == list(range(150))
    assert "prepared 150 rows × 4 inputs" in capsys.readouterr().out


def test_the_same_input_gives_the_same_bytes_and_no_folder_names(project: Path) -> None:
    (project / "t.csv").write_text("a,b,t\n" + "1,2,x\n3,4,y\n" * 4)
    params("file", str(project / "t.csv"), "t")
    prepare.main()
    first = {path.name: path.read_bytes() for path in PREPARED.iterdir()}
    prepare.main()
    assert first == {path.name: path.read_bytes() for path in PREPARED.iterdir()}
    assert str(project).encode() not in first["card.json"]
    assert read_prepared()[1].source == "t.csv"


@pytest.mark.processes
def test_a_mistake_is_one_line_and_leaves_nothing(project: Path) -> None:
    (project / "t.csv").write_text("a,t\n" + "1,x\n2,y\n" * 9 + "1O,y\n")
    params("file", "t.csv", "t")
    command = [sys.executable, "-m", "pipeline.stages.prepare"]
    home = str(Path(__file__).parents[2])
    ended = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": home, "HOLDOUT_CONFINE": "off"}, check=False
    )
    assert ended.returncode == 1
    *notes, error = ended.stderr.splitlines()
    assert all(note.startswith("note: prepare: confinement is off") for note in notes)
    assert "t.csv: line 20, column 'a': found '1O', allowed: numbers" in error
    assert not list(Path("data").iterdir())


def test_groups_are_written(project: Path) -> None:
    np.savez("t.npz", X=np.arange(24).reshape(12, 2) / 7, y=np.arange(12) + 0.5, who=np.arange(12) // 3)
    params("file", "t.npz")
    PARAMS.write_text(PARAMS.read_text().replace("target: null", "groups: who"))
    prepare.main()
    part, card = read_prepared()
    assert part.groups is not None
    assert part.groups.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert card.task == "regression"
