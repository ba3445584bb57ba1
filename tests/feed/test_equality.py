"""Equal rows are found exactly, whatever their hashes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.feed import equality
from pipeline.feed.equality import same_rows

FLOATS = [0.0, -0.0, 1.0, -1.0, np.nan, np.float64(np.nan) * -1, np.inf, 1e-300, 2.0**53, 0.1]
KINDS = {
    "u1": st.integers(0, 2),
    "i8": st.integers(-1, 1),
    "f4": st.sampled_from(FLOATS),
    "f8": st.sampled_from(FLOATS),
}


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    """(0 to 30 rows, 1 to 4 columns) of few different values."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    shape = draw(st.tuples(st.integers(0, 30), st.integers(1, 4)))
    with np.errstate(under="ignore"):
        return draw(arrays.arrays(kind, shape, elements=KINDS[kind].map(np.dtype(kind).type)))


def by_values(X: np.ndarray) -> list[int]:
    """Each row's first equal one, as Python's equality finds it."""
    seen: dict[tuple[object, ...], int] = {}
    keys = [tuple("missing" if value != value else value for value in row) for row in X.tolist()]
    return [seen.setdefault(key, index) for index, key in enumerate(keys)]


@settings(max_examples=200, deadline=None)
@given(X=tables())
def test_each_row_has_the_first_with_equal_values(X: np.ndarray) -> None:
    assert same_rows(X).tolist() == by_values(X)
    assert same_rows(np.asfortranarray(X)).tolist() == by_values(X)


@pytest.mark.parametrize("hashes", [1, 3])
def test_rows_with_one_hash_are_told_apart_by_their_values(hashes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(1).integers(0, 12, (500, 2)).astype(float)
    found = equality._hashes(X)
    monkeypatch.setattr(
        equality, "_hashes", lambda rows: (rows.sum(axis=1).astype(np.uint64) % hashes) << np.uint64(60)
    )
    assert len(np.unique(found)) > 100
    assert same_rows(X).tolist() == by_values(X)


def test_many_rows_are_compared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equality, "CHUNK", 1 << 6)
    X = np.random.default_rng(1).integers(0, 9, (3000, 3)).astype(np.float32)
    assert same_rows(X).tolist() == by_values(X)
