"""An array that grows on disk is, byte for byte, the one that would have been saved at once."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.storage.growing import GrowingArray

BYTES, SINGLES, DOUBLES = [0.0, -0.0, 1.0, 255.0], [0.5, -1.0, 256.0, np.nan, np.inf], [0.1, 2.0**24 + 1, 1e300]


def grown(path: Path, batches: list[np.ndarray], columns: int = 2) -> np.ndarray:
    with GrowingArray(path, columns) as array:
        for batch in batches:
            array.append(batch)
        return array.close()


@st.composite
def batches(draw: st.DrawFn) -> list[np.ndarray]:
    values = draw(st.sampled_from([BYTES, BYTES + SINGLES, SINGLES, BYTES + DOUBLES, BYTES + SINGLES + DOUBLES]))
    rows = st.lists(st.tuples(*[st.sampled_from(values)] * 2), max_size=5)
    found = [np.array(batch, np.float64).reshape(-1, 2) for batch in draw(st.lists(rows, min_size=1, max_size=5))]
    return found if sum(map(len, found)) else [np.zeros((1, 2))]


def narrowest(whole: np.ndarray) -> np.ndarray:
    for kind in (np.uint8, np.float32):
        with np.errstate(invalid="ignore", over="ignore"):
            if np.array_equal(whole.astype(kind).astype(np.float64), whole, equal_nan=True):
                return whole.astype(kind)
    return whole


@settings(max_examples=100, deadline=None)
@given(batches=batches())
def test_it_is_what_would_have_been_saved_at_once(batches: list[np.ndarray], tmp_path_factory: object) -> None:
    folder: Path = tmp_path_factory.mktemp("grown")  # type: ignore[attr-defined]
    np.save(folder / "whole.npy", narrowest(np.concatenate(batches) + 0.0))
    found = grown(folder / "X.npy", batches)
    assert isinstance(found, np.memmap)
    assert (folder / "X.npy").read_bytes() == (folder / "whole.npy").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["X.npy", "whole.npy"]


def test_a_wider_number_that_comes_late_converts_what_is_there(tmp_path: Path) -> None:
    first = np.random.default_rng(1).integers(0, 256, (200_000, 2)).astype(np.float64)
    found = grown(tmp_path / "X.npy", [first, np.full((1, 2), 0.5), np.full((1, 2), 0.1)])
    assert found.dtype == np.float64
    assert np.array_equal(found[:-2], first) and found[-2:, 0].tolist() == [0.5, 0.1]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    batch = np.random.default_rng(1).random((10_000, 50))
    with GrowingArray(tmp_path / "X.npy", 50) as array:
        tracemalloc.start()
        try:
            for _ in range(20):
                array.append(batch)
            assert len(array.close()) == 200_000
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()


def test_what_was_not_closed_is_gone(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"rows of 2 numbers, got .*\(3, 4\)"),
        GrowingArray(tmp_path / "X", 2) as array,
    ):
        array.append(np.zeros((3, 4)))
    assert not list(tmp_path.iterdir())


def test_no_rows_are_an_empty_array(tmp_path: Path) -> None:
    assert grown(tmp_path / "X.npy", [], columns=3).shape == (0, 3)
    assert np.load(tmp_path / "X.npy").shape == (0, 3)
