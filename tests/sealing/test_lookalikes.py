"""Copies of the data in the project are found; what is none is not."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.sealing import lookalikes

TABLE = "height,weight,kind\n" + "".join(f"{1.5 + n / 100:.2f},{50 + n * 3 % 40}.5,{'ab'[n % 2]}\n" for n in range(200))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for place in ("raw", "notes", "conf", "data/split"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "raw/own.csv").write_text(TABLE)
    return tmp_path


def rows(project: Path, start: int, step: int = 1) -> str:
    return "".join((project / "raw/own.csv").read_text().splitlines(keepends=True)[start::step])


COPIES: dict[str, Callable[[Path, Path], object]] = {
    "a hard link": lambda project, to: os.link(project / "raw/own.csv", to),
    "the same bytes": lambda project, to: to.write_text(TABLE),
    "without a header": lambda project, to: to.write_text(rows(project, 1)),
    "with lines of Windows": lambda project, to: to.write_bytes(TABLE.replace("\n", "\r\n").encode()),
    "in another order": lambda project, to: to.write_text(rows(project, -1, -1)),
    "the larger part of the rows": lambda project, to: to.write_text(rows(project, 60)),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_found(project: Path, kind: str) -> None:
    COPIES[kind](project, project / "notes/mine.csv")
    assert lookalikes.find([project / "raw/own.csv"], project) == (["notes/mine.csv"], True)


@pytest.mark.parametrize(
    "text", ["", "height,weight,kind\n", TABLE[:300], TABLE.replace(".5,", ".4,"), "the rows are in raw/own.csv\n" * 99]
)
def test_another_file_is_none(project: Path, text: str) -> None:
    (project / "notes/mine.csv").write_text(text)
    assert lookalikes.find([project / "raw/own.csv"], project) == ([], True)


def test_the_source_and_what_stages_made_of_it_are_none(project: Path) -> None:
    (project / "data/split/rows.csv").write_text(TABLE)
    (project / "link.csv").symlink_to("raw/own.csv")
    assert lookalikes.find([project / "raw"], project) == ([], True)


def test_arrays_are_compared_byte_by_byte(project: Path) -> None:
    array = np.arange(60.0).reshape(20, 3)
    for name in ("raw/X.npy", "notes/same.npy"):
        np.save(project / name, array)
    np.save(project / "notes/other.npy", array + 1)
    assert lookalikes.find([project / "raw/X.npy"], project) == (["notes/same.npy"], True)


def test_it_ends_in_time_and_says_so(project: Path) -> None:
    (project / "notes/mine.csv").write_text(TABLE)
    assert lookalikes.find([project / "raw/own.csv"], project, seconds=-1) == ([], False)
