"""split as a person runs it: two open parts, one sealed, and a card that is silent about the sealed one."""

from pathlib import Path

import numpy as np
import pytest

from pipeline import files
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.stages import split

PARAMS = """
data: {source: iris}
split: {ratio: [5, 1, 1], seed: 1, stratify: true}
experiments: [baseline]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """70 prepared rows of 2 classes; rows 0 and 69 have equal inputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    files.PARAMS.write_text(PARAMS)
    X = np.arange(140, dtype=np.float32).reshape(70, 2)
    X[69] = X[0]
    y = np.arange(70) % 2
    card = Card("t", "classification", "y", ("a", "b"), ("0", "1"), None, 70, {"X": "secret"}, ("1 row repeats",))
    files.write_prepared(files.Part(X, y, np.arange(70)), card)
    return tmp_path


def test_each_row_is_in_one_part_with_its_target(project: Path) -> None:
    split.main()
    prepared, _ = files.read_prepared()
    train, validation, _ = files.read_split()
    test = files.read_part(files.SEALED_TEST)
    parts = (train, validation, test)
    assert [len(part.y) for part in parts] == [50, 10, 10]
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(70))
    for part in parts:
        assert np.array_equal(part.X, prepared.X[part.rows])
        assert np.array_equal(part.y, prepared.y[part.rows])
        assert (0 in part.rows) == (69 in part.rows)


def test_the_card_describes_the_open_rows_only(project: Path) -> None:
    split.main()
    train, validation, card = files.read_split()
    assert card.rows == 60
    assert card.notes == ()
    assert card.hashes == {
        "train/X": files.digest(train.X),
        "train/y": files.digest(train.y),
        "validation/X": files.digest(validation.X),
        "validation/y": files.digest(validation.y),
    }


def test_a_second_run_gives_the_same_bytes(project: Path) -> None:
    def contents() -> dict[str, bytes]:
        folders = (files.SPLIT, files.SEALED_TEST)
        return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}

    split.main()
    first = contents()
    split.main()
    assert contents() == first


def test_a_mistake_leaves_nothing(project: Path) -> None:
    files.PARAMS.write_text(PARAMS.replace("[5, 1, 1]", "[900, 1, 1]"))
    with pytest.raises(HoldoutError, match=r"validation part would have no rows.*ratio \[900, 1, 1\]"):
        split.main()
    assert not files.SPLIT.exists()
    assert not files.SEALED_TEST.exists()


def test_without_prepared_rows_it_says_what_to_run(project: Path) -> None:
    (files.PREPARED / "X.npy").unlink()
    with pytest.raises(HoldoutError, match="dvc repro"):
        split.main()
