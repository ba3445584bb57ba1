"""What the mirror hands to MLflow is what it seems: no link to rows that a stage can't read."""

import os
from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.tracking.unlinked import unlinked

STORED, SELECTED = Path(".trials/a1/model.npz"), Path("models/selected/model.npz")
ROWS, CACHED = Path("data/prepared/X.npy"), Path(".dvc/cache/files/md5/00/1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (STORED, SELECTED, ROWS, CACHED):
        path.parent.mkdir(parents=True)
    ROWS.write_text("rows")
    CACHED.write_text("weights")


@pytest.mark.parametrize("path", [STORED, SELECTED])
def test_a_file_is_handed_over(path: Path) -> None:
    path.write_text("weights")
    assert unlinked(path) == str(path)


@pytest.mark.parametrize("path", [STORED, SELECTED])
def test_a_symlink_to_rows_is_refused(path: Path) -> None:
    path.symlink_to(ROWS.absolute())
    with pytest.raises(HoldoutError, match=f"{path} (is a link|leads out of DVC's cache)"):
        unlinked(path)


def test_a_link_on_the_way_is_refused() -> None:
    STORED.parent.rmdir()
    STORED.parent.symlink_to(ROWS.parent.absolute())
    with pytest.raises(HoldoutError, match="is a link, which no trial writes"):
        unlinked(STORED.with_name("X.npy"))


def test_a_hard_link_in_the_store_is_refused() -> None:
    os.link(ROWS, STORED)
    with pytest.raises(HoldoutError, match="is a link, which no trial writes: delete .trials/a1 and run `dvc repro`"):
        unlinked(STORED)


def test_dvc_may_link_what_it_keeps() -> None:
    SELECTED.symlink_to(CACHED.absolute())
    assert unlinked(SELECTED) == str(SELECTED)
    SELECTED.unlink()
    os.link(CACHED, SELECTED)
    assert unlinked(SELECTED) == str(SELECTED)
