"""The lessons run as they stand, draw the figures that lie beside them, and use what is documented."""

import ast
import importlib
import runpy
import shutil
from pathlib import Path

import pytest

from pipeline.nn.activations import ACTIVATIONS
from tests.project import ROOT

FOLDER = ROOT / "docs" / "lessons"
LESSONS = sorted(FOLDER.glob("*.py"))
NAMES = [path.stem for path in LESSONS]
API = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
MOST = 30  # lines


def test_there_are_ten_and_the_index_shows_each_with_its_figure() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) == 10
    assert [name for name in NAMES if f"({name}.py)" not in index or f"({name}.svg)" not in index] == []


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_a_lesson_is_short_and_tells_claim_question_command_and_time(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text)) or ""
    assert len(text.splitlines()) <= MOST
    assert "(notes, section" in said and "\nClaim: " in said and "\nPredict first: " in said
    assert f"python docs/lessons/{path.name}      writes {path.stem}.svg; " in said and "second" in said


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_what_a_lesson_uses_is_documented(path: Path) -> None:
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    for node in (node for node in nodes if str(node.module).startswith("pipeline")):
        home = importlib.import_module(str(node.module))
        assert f"`{node.module}`" in API
        for name in (alias.name for alias in node.names):
            assert f"`{name}`" in API, name
            assert not callable(getattr(home, name)) or getattr(home, name).__doc__, name


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_a_lesson_draws_its_figure_to_the_byte(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "softsign", ACTIVATIONS["tanh"])  # so that what a lesson adds is taken away again
    script = shutil.copy(path, tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert (tmp_path / f"{path.stem}.svg").read_bytes() == path.with_suffix(".svg").read_bytes()
