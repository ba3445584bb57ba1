"""Random and Sobol' searches: as many different trials as are asked for, the same ones for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.search.drawn import Drawn, Units, at_random, sobol
from tests.search.made import batches, space, told, words

BOTH = pytest.mark.parametrize("units", [at_random, sobol])


@BOTH
def test_all_are_asked_for_at_once_and_all_differ(units: Units) -> None:
    (batch,) = batches(Drawn(space(), 40, 1, units))
    assert len(batch) == len({one.words for one in batch}) == 40


@BOTH
def test_the_seed_decides_and_a_longer_search_begins_as_the_shorter_one(units: Units) -> None:
    found = words(batches(Drawn(space(), 20, 1, units)))
    assert words(batches(Drawn(space(), 20, 1, units))) == found
    assert words(batches(Drawn(space(), 33, 1, units)))[:20] == found
    assert words(batches(Drawn(space(), 20, 2, units))) != found


@BOTH
def test_a_small_space_is_tried_whole_and_ends_the_search(units: Units) -> None:
    found = words(batches(Drawn(space({"seed": "1,2,3", "optimizer": "adam,descent"}), 40, 1, units)))
    assert len(found) == len(set(found)) == 6


@settings(deadline=None)
@given(st.integers(0, 9))
def test_what_has_the_key_of_another_does_not_count(twins: int) -> None:
    search = Drawn(space(), 10, 1, at_random)
    first = list(search.ask([]))
    tried = [told(one, 0.1) for one in first[: 10 - twins]]
    tried += [type(tried[0])(one, tried[0].key, "finished", 0.1) for one in first[10 - twins :]]
    more = list(search.ask(tried))
    assert len(more) == twins
    assert not {one.words for one in more} & {one.words for one in first}


def test_sobol_leaves_fewer_gaps_than_chance() -> None:
    def emptied(units: Units) -> int:
        rows = units(2, 1)
        cells = {tuple((8 * next(rows)).astype(int)) for _ in range(64)}
        return 64 - len(cells)

    assert emptied(sobol) == 0 < emptied(at_random)


@BOTH
def test_rows_are_of_the_unit_cube(units: Units) -> None:
    rows = units(5, 3)
    found = np.array([next(rows) for _ in range(100)])
    assert found.shape == (100, 5) and found.min() >= 0 and found.max() < 1
