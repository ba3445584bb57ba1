"""Objects of DVC's cache that a power cut has torn are removed, and no others."""

import hashlib
import os
from pathlib import Path

import pytest

from pipeline import preflight, torn

CACHE = Path(".dvc/cache")


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(text: bytes, found: bytes | None = None, ending: str = "") -> Path:
    """The object of ``text``, of which ``found`` is there, or all; protected, as DVC has it."""
    name = hashlib.md5(text).hexdigest()
    path = CACHE / torn.OBJECTS / name[:2] / (name[2:] + ending)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if found is None else found)
    path.chmod(0o444)
    return path


def test_empty_objects_go_before_a_stage() -> None:
    whole, empty, half, nothing = put(b"a"), put(b"b", b""), put(b"cc", b"c"), put(b"")
    assert torn.remove_empty([CACHE, Path("elsewhere")]) == 1
    assert [path.exists() for path in (whole, empty, half, nothing)] == [True, False, True, True]


def test_all_that_are_not_whole_go_before_the_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    whole, half, folder = put(b"a"), put(b"bb", b"b"), put(b"[]", ending=".dir")
    torn_folder = put(b"[{}]", b"", ending=".dir")
    preflight.mend_cache()
    assert [path.exists() for path in (whole, half, folder, torn_folder)] == [True, False, True, False]
    said = "note: 2 files of DVC's cache were not whole, as a power cut leaves them, and are removed"
    assert capsys.readouterr().out.splitlines() == [said]
    preflight.mend_cache()
    assert capsys.readouterr().out == ""


def test_what_was_found_whole_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    old = put(b"a")
    os.utime(old, (1, 1))
    torn.remove_torn([CACHE])
    new, read = put(b"b"), []
    monkeypatch.setattr(torn, "_is_whole", lambda path: read.append(path) or True)
    torn.remove_torn([CACHE])
    assert read == [new]


def test_what_is_whole_is_put_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    put(b"a")
    put(b"bb", b"b")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    torn.remove_torn([CACHE])
    assert len(synced) == 1
