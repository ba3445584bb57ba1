"""Files appear whole or not at all, and come back as they went."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.storage import atomic, digests, documents
from pipeline.storage.cards import read_card
from pipeline.storage.models import read_model
from pipeline.storage.parts import write_split
from pipeline.storage.prepared import read_prepared, write_prepared

CARD = Card(
    "classification",
    ("a",),
    ("in", "out"),
    (1, 1),
    source="made",
    targets=("y",),
    rows=3,
    hashes={"X": "0"},
    notes=("1 duplicated row",),
)
PART = Rows(np.array([[1], [2], [3]], np.uint8), np.array([0, 1, 1]), origin=np.arange(3))


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    documents.write_text(path, "old")

    def fail_halfway() -> None:
        with atomic.replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "split"
    write_split(PART, PART, CARD, folder)
    (folder / "stale").write_text("x")
    write_split(PART, PART, CARD, folder)
    assert not (folder / "stale").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["split"]


def test_parts_and_cards_come_back(tmp_path: Path) -> None:
    write_prepared(PART, CARD, tmp_path / "p")
    part, card = read_prepared(tmp_path / "p")
    assert card == CARD
    assert part.groups is None
    for name in ("X", "y", "origin"):
        found, expected = getattr(part, name), getattr(PART, name)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HoldoutError, match=r"card\.json is missing: run `dvc repro`"):
        read_card(tmp_path / "card.json")


@pytest.mark.parametrize("text", ["{", '{"rows": 3}', "[]"])
def test_broken_json_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(HoldoutError) as caught:
        read_card(tmp_path / "card.json")
    assert "card.json can't be read" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pickled_arrays_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", facts=np.array([{"a": 1}], dtype=object))
    with pytest.raises(HoldoutError, match="can't be read"):
        read_model(tmp_path / "model.npz")


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "a: [", "- 1", ""])
def test_params_are_plain_values(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(HoldoutError) as caught:
        documents.read_yaml(path)
    assert "params.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_equal_arrays_have_equal_digests_and_others_not() -> None:
    a = np.arange(6, dtype=np.int64)
    assert digests.of_array(a) == digests.of_array(a.copy())
    assert len({digests.of_array(b) for b in (a, a.reshape(2, 3), a.astype(np.int32), a[::-1])}) == 4


def test_a_folder_whose_place_can_not_be_taken_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders can't be swapped: the second of the two renames fails; the first is taken back."""
    monkeypatch.setattr(atomic, "swapped", lambda one, other: False)
    place, real = tmp_path / "results", os.replace
    place.mkdir()
    (place / "old").write_text("old")
    calls: list[Path] = []

    def replace(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(source, target)

    new = tmp_path / "new"
    new.mkdir()
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="Input/output error"):
        atomic.move(new, place)
    new.rmdir()
    assert [path.name for path in tmp_path.rglob("*")] == ["results", "old"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced and renamed, by the last name of its path."""
    if sys.platform != "linux":
        pytest.skip("descriptors are asked for their paths in /proc")
    found: list[str] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        found.append(f"{Path(target).name} is there")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(os, "fsync", lambda file: found.append(Path(os.readlink(f"/proc/self/fd/{file}")).name))
    return found


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_after(tmp_path: Path, steps: list[str]) -> None:
    documents.write_text(tmp_path / "new" / "a.txt", "a")
    own = atomic.beside(Path("a.txt")).name
    assert steps == [tmp_path.name, own, "a.txt is there", "new"]


def test_a_folder_is_on_the_disk_with_all_its_files(tmp_path: Path, steps: list[str]) -> None:
    with atomic.replacing(tmp_path / "f") as temporary:
        temporary.mkdir()
        (temporary / "a").write_text("a")
    assert steps == ["a", atomic.beside(Path("f")).name, "f is there", tmp_path.name]


def test_lines_are_on_the_disk_when_they_are_added(tmp_path: Path, steps: list[str]) -> None:
    for text in ("a\n", "b\n"):
        atomic.append(tmp_path / "l", text)
    assert (tmp_path / "l").read_text() == "a\nb\n"
    assert steps == ["l", tmp_path.name, "l"]


def test_what_is_discarded_goes_whole(tmp_path: Path, steps: list[str]) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a").write_text("a")
    atomic.discard(tmp_path / "f")
    assert steps == [f"{atomic.beside(Path('f')).name}-old is there", tmp_path.name]
    assert not [*tmp_path.iterdir()]
