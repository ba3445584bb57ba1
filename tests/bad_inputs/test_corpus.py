"""The corpus of bad inputs: each ends in one line that names the place, and changes no file."""

import shutil
from pathlib import Path

import pytest

from pipeline.console import LONGEST
from tests.bad_inputs import run
from tests.bad_inputs.case import REFUSED, RETRAINED, Case
from tests.bad_inputs.families import FAMILIES
from tests.bad_inputs.projects import PROJECTS, STAGES_BEFORE, TRIAL

CORPUS = [(family, case) for family, cases in FAMILIES.items() for case in cases]
MEMORY = "needs more memory than there is"
MARKER = "executed"  # what every hostile payload would create


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good project per name."""
    root = tmp_path_factory.mktemp("good")
    for name, make in PROJECTS.items():
        (root / name).mkdir()
        make(root / name)
    for name, (before, stage, words) in STAGES_BEFORE.items():
        shutil.copytree(root / before, root / name)
        assert run.main(stage, words, root / name) == 0
    return root


def project(bases: Path, case: Case, folder: Path) -> Path:
    place = folder / "project"
    shutil.copytree(bases / case.base, place)
    case.damage(place)
    return place


def cases(outcome: str) -> list[object]:
    """Hydra takes most of the time of a case that trains."""
    found = [(f"{family}: {case.name}", case) for family, case in CORPUS if case.outcome == outcome]
    return [pytest.param(case, id=name, marks=[pytest.mark.slow] * (case.stage == "train")) for name, case in found]


@pytest.mark.parametrize("case", cases(REFUSED))
def test_refused(case: Case, bases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = project(bases, case, tmp_path)
    before = run.tree(tmp_path)
    capsys.readouterr()
    status = run.main(case.stage, case.words, place)
    lines = capsys.readouterr().err.splitlines()
    assert (status, len(lines)) == (1, 1), lines
    assert lines[0].startswith("error: ")
    assert MEMORY in case.names or MEMORY not in lines[0], "refused too late, when memory had run out"
    assert len(lines[0]) <= LONGEST + len("error:  … ")
    assert not [name for name in case.names if name not in lines[0]], lines[0]
    assert run.tree(tmp_path) == before
    assert not list(tmp_path.rglob(MARKER))


@pytest.mark.parametrize("case", cases(RETRAINED))
def test_retrained(case: Case, bases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged trial of the store is not refused but trained again, to the same files; nothing else changes."""
    place = project(bases, case, tmp_path)
    capsys.readouterr()
    assert run.main(case.stage, case.words, place) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "reused" not in said.out
    stored = run.tree(place)
    assert {name: stored[name] for name in trained(bases)} == trained(bases)
    assert not list(tmp_path.rglob(MARKER))
    assert run.main(case.stage, case.words, place) == 0
    assert "reused" in capsys.readouterr().out


def trained(bases: Path) -> dict[str, str]:
    """All files of the project with its one trial, but for the record of when it ran."""
    return {
        name: digest
        for name, digest in run.tree(bases / "trained").items()
        if "run.json" not in name and "sweeps" not in name
    }


def test_the_good_projects_pass(bases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a case changes is what is wrong with it."""
    for base, stage, words in (("file", "prepare", ()), ("split", "split", ()), ("trained", "train", TRIAL)):
        shutil.copytree(bases / base, tmp_path / base)
        assert run.main(stage, words, tmp_path / base) == 0
    assert "reused" in capsys.readouterr().out
    for stage in ("report", "summary"):
        assert run.main(stage, (), bases / "evaluated") == 0


def test_the_corpus_has_at_least_150_cases() -> None:
    """``python -m tests.bad_inputs`` prints the counts by family."""
    hostile = sum(case.hostile for _, case in CORPUS)
    retrained = sum(case.outcome == RETRAINED for _, case in CORPUS)
    assert len(CORPUS) >= 150
    assert hostile >= 50
    assert retrained >= 10
    assert len({(family, case.name) for family, case in CORPUS}) == len(CORPUS)
