"""Machine code is kept for the user: any copy of the program finds it, nobody else can change it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.arithmetic import keeping

# A package with the decorators of the engine and one small function; it prints how many were found compiled.
USE = """
from pipeline.arithmetic.cache import compiled
from small import double
double(1.0), double(1)
print(sum(double.stats.cache_hits.values()), double.stats.cache_path)
"""
SMALL = """
from pipeline.arithmetic.cache import compiled
@compiled
def double(x):
    return x + x
"""


def start(place: Path, home: Path, **more: str) -> subprocess.Popen[str]:
    """A program in ``place`` that calls a compiled function for two types."""
    place.mkdir(exist_ok=True)
    (place / "small.py").write_text(SMALL)
    paths = os.pathsep.join(map(str, (place, keeping.PACKAGE.parent)))
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(home), **more}
    return subprocess.Popen([sys.executable, "-c", USE], env=environment, stdout=subprocess.PIPE, text=True)


def found(program: subprocess.Popen[str]) -> str:
    said, _ = program.communicate()
    assert program.returncode == 0
    return said.split()[0]


@pytest.mark.processes
@pytest.mark.ci
def test_programs_that_start_at_once_and_copies_of_them_share_the_code(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for program in [start(tmp_path / "a", home) for _ in range(8)]:
        found(program)
    assert found(start(tmp_path / "b", home)) == "2"
    for path in (home / "holdout").rglob("*.nb*"):
        path.write_bytes(path.read_bytes()[:-9])  # as after a power cut
    assert found(start(tmp_path / "b", home)) == "0"
    assert found(start(tmp_path / "b", home)) == "2"


@pytest.mark.processes
@pytest.mark.slow
def test_where_nothing_can_be_kept_it_is_compiled_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    temporary = Path(tmp_path / "temporary")
    temporary.mkdir()
    (temporary / f"holdout-compiled-{os.getuid()}").touch()
    for _ in range(2):
        assert found(start(tmp_path / "a", tmp_path / "file", TMPDIR=str(temporary))) == "0"


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_can_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    open_, own = tmp_path / "open", tmp_path / "own"
    monkeypatch.setattr(keeping, "places", lambda: iter([open_, own]))
    assert keeping.folder() == open_ / keeping.version()
    open_.chmod(mode)
    assert keeping.folder() == own / keeping.version()


def test_nor_is_one_of_another_user_or_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir(mode=0o700)
    link.symlink_to(real)
    assert keeping.is_own(real)
    assert not keeping.is_own(link)
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    assert not keeping.is_own(real)


def test_under_a_lax_umask_the_folder_is_still_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "places", lambda: iter([tmp_path / "cache" / "holdout"]))
    before = os.umask(0)
    try:
        assert keeping.folder() is not None
    finally:
        os.umask(before)


def test_an_edit_anywhere_in_the_engine_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in keeping.ROOMS:
        shutil.copytree(keeping.PACKAGE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    sources = sorted(tmp_path.rglob("*.py"))
    monkeypatch.setattr(keeping, "PACKAGE", tmp_path)
    monkeypatch.setattr(keeping, "SOURCES", sources)
    versions = {keeping.version()}
    for path in sources:
        path.write_text(path.read_text() + "\n# edited\n")
        versions.add(keeping.version())
    assert len(versions) == len(sources) + 1


@pytest.mark.parametrize(("terminal", "said"), [(True, 1), (False, 0)])
def test_compiling_is_said_once_to_a_person_at_a_terminal(
    terminal: bool, said: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.announce.cache_clear()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    for _ in range(2):
        keeping.announce()
    keeping.announce.cache_clear()
    assert capsys.readouterr().err.count("compiling once for this kind of training, about 15 s") == said
