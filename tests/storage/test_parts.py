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
from pipeline.storage.cards import read_card, write_card
from pipeline.storage.parts import DECISIVE, read_split, write_split

CARD = Card("classification", ("a",), ("in", "out"), None, source="made", targets=("y",), rows=5, hashes={})
ROWS = Rows(
    np.arange(5.0)[:, None],
    np.array([0, 1, 1, 0, 1]),
    groups=np.array([7, 8, 8, 1, 2]),
    importance=np.array([1.0, 2, 3, 0.5, 1]),
    origin=np.arange(5),
    moments=np.arange(5.0) * 60,
)
TRAIN, VALIDATION = ROWS.take(np.arange(3)), ROWS.take(np.arange(3, 5))


@pytest.fixture
def split(tmp_path: Path) -> Path:
    write_split(TRAIN, VALIDATION, open_card(CARD, TRAIN, VALIDATION), tmp_path / "split")
    return tmp_path / "split"


def drop_hash(split: Path, name: str) -> None:
    card = read_card(split / "card.json")
    del card.hashes[name]
    write_card(split / "card.json", card)


@pytest.mark.parametrize("name", [f"{part}/{array}" for part in ("train", "validation") for array in DECISIVE])
def test_rows_changed_by_hand_are_refused(split: Path, name: str) -> None:
    path = split / f"{name}.npy"
    np.save(path, np.load(path)[::-1])
    with pytest.raises(HoldoutError) as caught:
        read_split(split)
    message = str(caught.value)
    assert message.startswith(f"{path} ") and "not the rows that were dealt" in message
    assert "`dvc checkout`" in message and "`dvc repro -f split`" in message and "\n" not in message


def test_what_the_card_has_no_hash_of_is_read_as_it_is(split: Path) -> None:
    drop_hash(split, "train/groups")
    np.save(split / "train/groups.npy", np.array([1, 1, 2]))
    assert read_split(split).train.groups.tolist() == [1, 1, 2]  # type: ignore[union-attr]


def test_the_digests_are_of_the_rows_that_were_read(split: Path) -> None:
    found = read_split(split)
    assert found.digests == dataclasses.replace(found).digests
    assert found.digests == found.card.hashes
    drop_hash(split, "train/groups")
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
