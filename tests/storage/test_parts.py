"""The split on disk is the one that was dealt: rows changed by hand are refused before anything is trained on them."""

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.stages.split import open_card
from pipeline.storage import digests
from pipeline.storage.parts import read_split, write_split

CARD = Card("classification", ("a",), ("in", "out"), None, source="made", targets=("y",), rows=5, hashes={})
TRAIN = Rows(np.arange(3.0)[:, None], np.array([0, 1, 1]), np.array([7, 8, 8]), origin=np.arange(3))
VALIDATION = Rows(np.arange(2.0)[:, None], np.array([0, 1]), np.array([1, 2]), origin=np.arange(3, 5))


@pytest.fixture
def split(tmp_path: Path) -> Path:
    write_split(TRAIN, VALIDATION, open_card(CARD, TRAIN, VALIDATION), tmp_path / "split")
    return tmp_path / "split"


@pytest.mark.parametrize("name", ["train/X", "train/y", "validation/X", "validation/y"])
def test_rows_changed_by_hand_are_refused(split: Path, name: str) -> None:
    path = split / f"{name}.npy"
    np.save(path, np.load(path)[::-1])
    with pytest.raises(HoldoutError) as caught:
        read_split(split)
    message = str(caught.value)
    assert message.startswith(f"{path} ") and "not the rows that were dealt" in message
    assert "`dvc checkout`" in message and "`dvc repro -f split`" in message and "\n" not in message


def test_what_the_card_has_no_hash_of_is_read_as_it_is(split: Path) -> None:
    np.save(split / "train/groups.npy", np.array([1, 1, 2]))
    assert read_split(split).train.groups.tolist() == [1, 1, 2]  # type: ignore[union-attr]


def test_the_digests_are_of_the_rows_that_were_read(split: Path) -> None:
    found = read_split(split)
    assert found.digests == dataclasses.replace(found).digests
    assert {name: found.digests[name] for name in found.card.hashes} == found.card.hashes
    np.save(split / "train/groups.npy", np.array([1, 1, 2]))
    changed = {name for name, digest in read_split(split).digests.items() if digest != found.digests[name]}
    assert changed == {"train/groups"}


@pytest.mark.parametrize("shape", [(0, 3), (7,), (5, 3), (70_000, 31), (3, 2, 2), (2, 400_000)])
def test_a_digest_in_pieces_is_that_of_the_whole(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    for given in (array, np.asfortranarray(array), array[::-1]):
        whole = f"{given.dtype.str}{given.shape}".encode() + np.ascontiguousarray(given).tobytes()
        assert digests.of_array(given) == digests.hashlib.sha256(whole).hexdigest()


def test_a_mapped_array_is_not_copied_into_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", np.zeros((100_000, 100)))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    tracemalloc.start()
    try:
        digests.of_array(mapped)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
