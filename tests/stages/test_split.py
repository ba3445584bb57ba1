"""split as a person runs it: two open parts, one sealed, and a card that is silent about the sealed one."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.parting import thinned
from pipeline.feed.rows import Rows
from pipeline.stages import split
from pipeline.storage import digests
from pipeline.storage.parts import read_part, read_split
from pipeline.storage.places import PARAMS, PREPARED, SEALED_TEST, SPLIT
from pipeline.storage.prepared import read_prepared, write_prepared

TEXT = """
data: {source: iris}
split: {ratio: [5, 1, 1], seed: 1, stratify: true}
experiments: [baseline]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """70 prepared rows of 2 classes; rows 0 and 69 have equal inputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    PARAMS.write_text(TEXT)
    X = np.arange(140, dtype=np.float32).reshape(70, 2)
    X[69] = X[0]
    y = np.arange(70) % 2
    card = Card(
        "classification",
        ("a", "b"),
        ("0", "1"),
        None,
        source="t",
        targets=("y",),
        rows=70,
        hashes={"X": "secret"},
        remarks=("70 of 70 rows are odd",),
    )
    write_prepared(Rows(X, y, origin=np.arange(70)), card)
    return tmp_path


def test_each_row_is_in_one_part_with_its_target(project: Path) -> None:
    split.main()
    prepared, _ = read_prepared()
    opened = read_split()
    parts = (opened.train, opened.validation, read_part(SEALED_TEST))
    assert [len(part.y) for part in parts] == [50, 10, 10]
    assert sorted(np.concatenate([part.origin for part in parts])) == list(range(70))
    for part in parts:
        assert np.array_equal(part.X, prepared.X[part.origin])
        assert np.array_equal(part.y, prepared.y[part.origin])
        assert (0 in part.origin) == (69 in part.origin)


def test_of_the_training_rows_some_may_be_used_and_the_other_parts_stay(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split.main()
    whole, test = read_split(), read_part(SEALED_TEST)
    PARAMS.write_text(TEXT.replace("stratify: true", "stratify: true, training_rows: 8"))
    split.main()
    some = read_split()
    assert "note: 8 of 50 training rows are used (split.training_rows)" in capsys.readouterr().out
    assert np.bincount(some.train.y).tolist() == [4, 4]
    assert {*some.train.origin} < {*whole.train.origin}
    assert np.array_equal(some.validation.origin, whole.validation.origin)
    assert np.array_equal(read_part(SEALED_TEST).origin, test.origin)


def test_of_rows_with_times_the_latest_are_used() -> None:
    rows = Rows(np.zeros((6, 1)), np.zeros(6, int), moments=np.array([5, 3, 1, 0, 9, 4]))
    card = Card("classification", ("a",), ("0",), None, source="t", targets=("y",), rows=6, hashes={})
    found = thinned(rows, card, np.array([0, 1, 2, 3, 5]), 2, 1, True)
    assert found.tolist() == [0, 5]


def test_the_card_describes_the_open_rows_only(project: Path) -> None:
    split.main()
    opened = read_split()
    assert opened.card.rows == 60
    together = {0, 69} <= {*opened.train.origin, *opened.validation.origin}
    expected = (
        "1 of 60 rows repeat the inputs of another row; they stay in one part",
        "1 set of rows has equal inputs but different targets",
    )
    assert opened.card.remarks == (expected if together else ())
    assert opened.card.hashes == {
        "train/X": digests.of_array(opened.train.X),
        "train/y": digests.of_array(opened.train.y),
        "validation/X": digests.of_array(opened.validation.X),
        "validation/y": digests.of_array(opened.validation.y),
    }


def test_a_second_run_gives_the_same_bytes(project: Path) -> None:
    def contents() -> dict[str, bytes]:
        folders = (SPLIT, SEALED_TEST)
        return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}

    split.main()
    first = contents()
    split.main()
    assert contents() == first


def test_a_mistake_leaves_nothing(project: Path) -> None:
    PARAMS.write_text(TEXT.replace("[5, 1, 1]", "[900, 1, 1]"))
    with pytest.raises(HoldoutError, match=r"validation part would have no rows.*ratio \[900, 1, 1\]"):
        split.main()
    assert not SPLIT.exists()
    assert not SEALED_TEST.exists()


def test_without_prepared_rows_it_says_what_to_run(project: Path) -> None:
    (PREPARED / "X.npy").unlink()
    with pytest.raises(HoldoutError, match="dvc repro"):
        split.main()
