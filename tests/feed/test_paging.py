"""What the system is told of a mapped file are the pages of the rows that come next."""

import itertools
import mmap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feed import paging
from pipeline.feed.paging import expecting

PAGE = mmap.PAGESIZE


@given(places=st.lists(st.integers(0, 100 * PAGE), min_size=1, max_size=30), length=st.integers(1, 3 * PAGE))
def test_stretches_are_the_pages_of_the_rows_and_short_gaps(places: list[int], length: int) -> None:
    wanted = {page for place in places for page in range(place // PAGE, (place + length - 1) // PAGE + 1)}
    stretches = paging._stretches(np.array(places), length)
    pages = [page for start, size in stretches for page in range(start // PAGE, (start + size) // PAGE)]
    assert all(start % PAGE == 0 for start, _ in stretches)
    assert pages == sorted({*pages}) and wanted <= {*pages}
    ordered = sorted(wanted)
    skipped = {p for a, b in itertools.pairwise(ordered) if b - a - 1 <= paging.SKIPPED // PAGE for p in range(a, b)}
    assert {*pages} == wanted | skipped


@pytest.mark.parametrize("first", [0, 7])
def test_every_kind_of_array_can_be_expected(tmp_path: Path, first: int) -> None:
    np.save(tmp_path / "X.npy", np.random.default_rng(1).random((5000, 7)))
    mapped, order = np.load(tmp_path / "X.npy", mmap_mode="r"), np.random.default_rng(2).permutation(4000)
    for X in (mapped, np.asarray(mapped), np.array(mapped), np.asfortranarray(mapped)):
        expecting(X[first:])(order)
