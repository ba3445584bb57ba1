"""Machine code must be compiled anew whenever anything changes that is compiled in."""

import importlib
import inspect
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

from pipeline.nn.compiled import cache
from pipeline.nn.compiled.cache import HERE, SOURCES


def test_all_that_compiled_functions_use_is_among_the_hashed_sources() -> None:
    """A function of the house, or a class of it, that a compiled function names."""
    used = set()
    for path in HERE.glob("*.py"):
        module = importlib.import_module(f"pipeline.nn.compiled.{path.stem}")
        for function in (part.py_func for part in vars(module).values() if isinstance(part, Dispatcher)):
            found = (function.__globals__.get(name) for name in function.__code__.co_names)
            parts = [getattr(part, "py_func", part) for part in found]
            used |= {inspect.getmodule(part) for part in parts if inspect.isclass(part) or inspect.isfunction(part)}
    files = {Path(str(module.__file__)) for module in used if module and module.__name__.startswith("pipeline.")}
    assert HERE.parent / "activations.py" in files
    assert files <= set(SOURCES)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in a temporary directory that all may write, where the source's own can't be written."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache, "HERE", tmp_path / "file")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / f"holdout-compiled-{cache._user()}"


def test_code_in_the_temporary_directory_is_this_users_alone(shared: Path) -> None:
    assert cache._folder().parent == shared
    assert shared.stat().st_mode & 0o777 == 0o700
    assert cache._folder().parent == shared


@pytest.mark.parametrize("plant", ["writable", "link"])
def test_code_is_not_taken_from_where_others_may_put_it(shared: Path, plant: str) -> None:
    elsewhere = shared.with_name("elsewhere")
    elsewhere.mkdir()
    if plant == "link":
        shared.symlink_to(elsewhere)
    else:
        shared.mkdir()
        shared.chmod(0o777)
    with pytest.raises(OSError, match="nowhere to go.* isn't yours alone; remove it or set TMPDIR"):
        cache._folder()


def test_code_is_not_taken_from_another_users_folder(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache._folder()
    owner = shared.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(OSError, match="isn't yours alone"):
        cache._folder()
