"""What DVC would stop at, told or mended before it starts."""

from pathlib import Path

import pytest

from pipeline import preflight
from pipeline.errors import HoldoutError

PARAMS = """data:
  source: {source}
  path: {path}
  labels: pipeline/data/bundled.py
split: {{ratio: [5, 1, 1]}}
experiments: [baseline]
"""


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wines.csv").touch()


def with_data(path: str, source: str = "file") -> None:
    Path("params.yaml").write_text(PARAMS.format(path=path, source=source))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "wine.csv",
            "params.yaml: line 3: data.path is wine.csv, allowed: a file or folder that is there; did you mean w",
        ),
        ("raw/flowers.csv", "data.path is raw/flowers.csv, allowed: a file or folder that is there (it is sought in /"),
    ],
)
def test_a_file_that_is_not_there_is_one_line_with_what_may_be_meant(path: str, message: str) -> None:
    with_data(path)
    with pytest.raises(HoldoutError) as caught:
        preflight.check_sources()
    assert message in str(caught.value)


@pytest.mark.parametrize(("path", "source"), [("wines.csv", "file"), ("wine.csv", "iris")])
def test_files_that_are_there_or_not_asked_for_pass(path: str, source: str) -> None:
    with_data(path, source)
    preflight.check_sources()


@pytest.mark.parametrize(("text", "stays"), [("{}", True), ('{"a": ', False), ("", False)])
def test_a_half_written_table_of_locks_is_removed(text: str, stays: bool) -> None:
    preflight.mend_locks()  # none there: nothing to do
    preflight.LOCKS.parent.mkdir(parents=True)
    preflight.LOCKS.write_text(text)
    preflight.mend_locks()
    assert preflight.LOCKS.exists() == stays


@pytest.mark.parametrize(
    ("found", "stays"), [(b"schema: '2.0'\n", True), (b"<<<<<<< HEAD\n", True), (b"", False), (bytes(9), False)]
)
def test_a_lock_file_that_a_power_cut_has_emptied_is_removed_with_a_word(
    found: bytes, stays: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    preflight.mend_lock_file()  # none there: nothing to do
    preflight.LOCK_FILE.write_bytes(found)
    preflight.mend_lock_file()
    assert preflight.LOCK_FILE.exists() == stays
    said = "" if stays else "note: dvc.lock was empty, as a power cut leaves it, and is removed: all stages run again\n"
    assert capsys.readouterr().out == said
