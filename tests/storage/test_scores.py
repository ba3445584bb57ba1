"""reports/confusion.csv names classes as they are, and what is read back is what was written."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import HoldoutError
from pipeline.storage import scores

NAMES = ("01", "1", 'say "no"', "a,b", "two\nlines", "cr\rlf\r\n", " t", "", "NA")


def written(monkeypatch: pytest.MonkeyPatch, folder: Path, classes: tuple[str, ...]) -> np.ndarray:
    monkeypatch.chdir(folder)
    counts = np.arange(len(classes) ** 2).reshape((len(classes),) * 2)
    scores.write_scores({"n": 3}, counts, classes)
    return counts


def test_names_with_commas_quotes_zeros_and_line_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = written(monkeypatch, tmp_path, NAMES)
    assert (scores.read_confusion(NAMES) == counts).all()
    with scores.CONFUSION.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["true", "predicted", "rows"]
    assert rows[2] == ["01", "1", "1"]
    assert '"01","1",1\n' in scores.CONFUSION.read_text(encoding="utf-8")


@given(classes=st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3, unique=True))
def test_any_names(classes: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        counts = written(patch, tmp_path_factory.mktemp("any"), tuple(classes))
        assert (scores.read_confusion(classes) == counts).all()


def test_a_class_that_the_card_does_not_know_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, tmp_path, ("01", "1"))
    with pytest.raises(HoldoutError, match=r"confusion\.csv: line 2 can't be read \(there is no '01'\)"):
        scores.read_confusion(("1", "2"))
