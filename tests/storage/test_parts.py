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
from pipeline.storage.growing import GrowingArray
from pipeline.storage.parts import DECISIVE, read_part, read_split, write_part, write_split

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


def test_picked_rows_are_written_as_if_they_were_copied(tmp_path: Path) -> None:
    rows = Rows(np.random.default_rng(1).random((70_000, 30)), np.arange(70_000), origin=np.arange(70_000))
    some = np.arange(0, 70_000, 3)
    write_part(tmp_path / "copied", rows.take(some))
    picked = rows.pick(some)
    tracemalloc.start()
    try:
        write_part(tmp_path / "picked", picked)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    for name in ("X", "y", "rows"):
        assert (tmp_path / f"picked/{name}.npy").read_bytes() == (tmp_path / f"copied/{name}.npy").read_bytes()
    assert digests.of_array(picked.X) == digests.of_array(rows.X[some])


def test_an_array_that_grew_in_its_place_stays_there(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "X.npy", 2) as growing:
        growing.append(np.arange(8.0).reshape(4, 2) + 0.5)
        X = growing.close()
    before = (tmp_path / "X.npy").stat().st_ino
    write_part(tmp_path, Rows(X, np.arange(4), origin=np.arange(4)))
    assert (tmp_path / "X.npy").stat().st_ino == before
    assert np.array_equal(read_part(tmp_path).X, X)
    write_part(tmp_path / "half", Rows(X[:2], np.arange(2), origin=np.arange(2)))
    assert np.array_equal(read_part(tmp_path / "half").X, X[:2])


@pytest.mark.parametrize(("kinds", "value", "fine"), [((), np.nan, False), (("number",), np.nan, True)])
@pytest.mark.parametrize("infinite", [True, False])
def test_only_columns_of_known_kinds_have_gaps(
    tmp_path: Path, kinds: tuple[str, ...], value: float, fine: bool, infinite: bool
) -> None:
    card = dataclasses.replace(CARD, kinds=kinds, levels=((),) * len(kinds))
    X = TRAIN.X.copy()
    X[1] = np.inf if infinite else value
    write_part(tmp_path, dataclasses.replace(TRAIN, X=X))
    if fine and not infinite:
        assert np.isnan(read_part(tmp_path, card).X[1, 0])
    else:
        with pytest.raises(HoldoutError, match=r"row 1 .*column x0: found (nan|inf)"):
            read_part(tmp_path, card)


def test_weights_and_times_go_with_their_rows(tmp_path: Path) -> None:
    rows = dataclasses.replace(TRAIN, importance=np.array([1.0, 0, 2]), moments=np.array([3.0, 1, 2]))
    write_part(tmp_path, rows)
    found = read_part(tmp_path, CARD)
    assert found.importance.tolist() == [1, 0, 2]  # type: ignore[union-attr]
    assert found.moments.tolist() == [3, 1, 2]  # type: ignore[union-attr]
    np.save(tmp_path / "weights.npy", np.array([1.0, -1, 2]))
    with pytest.raises(HoldoutError, match=r"weights\.npy .*does not fit"):
        read_part(tmp_path, CARD)


def test_several_targets_are_a_matrix(tmp_path: Path) -> None:
    card = dataclasses.replace(CARD, task="multilabel", targets=("s", "t"))
    flags = np.array([[0, 1], [1, 1], [0, 0]])
    write_part(tmp_path, dataclasses.replace(TRAIN, y=flags))
    assert np.array_equal(read_part(tmp_path, card).y, flags)
    amounts = dataclasses.replace(card, task="regression", classes=())
    assert np.array_equal(read_part(tmp_path, amounts).y, flags)
    for wrong in (flags + 1, flags[:, :1], flags[:, 0]):
        write_part(tmp_path, dataclasses.replace(TRAIN, y=wrong))
        with pytest.raises(HoldoutError, match=r"y\.npy .*does not fit"):
            read_part(tmp_path, card)
