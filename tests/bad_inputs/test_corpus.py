"""The corpus of bad inputs: each ends in one line that names the place, and changes no file."""

import shutil
from pathlib import Path

import pytest

from pipeline.console import LONGEST
from tests.bad_inputs import run
from tests.bad_inputs.case import REFUSED, Case
from tests.bad_inputs.families import FAMILIES
from tests.bad_inputs.projects import PROJECTS, STAGES_BEFORE

CORPUS = [(family, case) for family, cases in FAMILIES.items() for case in cases]
MARKER = "executed"  # what every hostile payload would create


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good project per name."""
    root = tmp_path_factory.mktemp("good")
    for name, make in PROJECTS.items():
        (root / name).mkdir()
        make(root / name)
    for name, (before, stage) in STAGES_BEFORE.items():
        shutil.copytree(root / before, root / name)
        assert run.main(stage, (), root / name) == 0
    return root


def project(bases: Path, case: Case, folder: Path) -> Path:
    place = folder / "project"
    shutil.copytree(bases / case.base, place)
    case.damage(place)
    return place


def cases(outcome: str) -> list[object]:
    return [pytest.param(case, id=f"{family}: {case.name}") for family, case in CORPUS if case.outcome == outcome]


@pytest.mark.parametrize("case", cases(REFUSED))
def test_refused(case: Case, bases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = project(bases, case, tmp_path)
    before = run.tree(tmp_path)
    capsys.readouterr()
    status = run.main(case.stage, case.words, place)
    lines = capsys.readouterr().err.splitlines()
    assert (status, len(lines)) == (1, 1), lines
    assert lines[0].startswith("error: ")
    assert len(lines[0]) <= LONGEST + len("error:  … ")
    assert not [name for name in case.names if name not in lines[0]], lines[0]
    assert run.tree(tmp_path) == before
    assert not list(tmp_path.rglob(MARKER))
