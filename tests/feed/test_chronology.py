"""Dealing by time: nothing is learned from what came later than the rows it is asked about."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import HoldoutError
from pipeline.feed.chronology import chronological, dealt_at
from pipeline.feed.parting import deal, dealing_notes
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema

RATIO = (5, 1, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=8, max_size=80), st.integers(0, 99), st.booleans())
def test_parts_follow_each_other_and_ties_stay_together(times: list[int], seed: int, grouped: bool) -> None:
    moments = np.array(times, float)
    groups = np.random.default_rng(seed).integers(0, 30, len(times)) if grouped else None
    when = dealt_at(moments, groups)
    if len(np.unique(when)) < 3:
        return
    parts = chronological(moments, groups, RATIO)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(times)))
    assert min(map(len, parts)) > 0
    for before, after in itertools.pairwise(parts):
        assert when[before].max() < when[after].min()  # so rows of one time are in one part, unless tied to later ones
        assert moments[before].max() < when[after].min()
    for group in np.unique(groups) if groups is not None else ():
        assert len({index for index, part in enumerate(parts) if (groups[part] == group).any()}) == 1  # type: ignore[index]


def test_different_times_have_exact_sizes_whatever_their_order(rng: np.random.Generator) -> None:
    moments = rng.permutation(70) * 3600.0
    parts = chronological(moments, None, RATIO)
    assert [len(part) for part in parts] == [50, 10, 10]
    assert moments[parts[0]].max() < moments[parts[1]].min() < moments[parts[2]].min()


def test_a_row_that_repeats_later_is_dealt_with_the_later_one() -> None:
    duplicates = np.arange(70)
    duplicates[69] = duplicates[0]
    parts = chronological(np.arange(70.0), None, RATIO, duplicates)
    assert {0, 69} <= set(parts[2].tolist())


def test_fewer_times_than_parts_are_refused() -> None:
    with pytest.raises(HoldoutError, match="can't be dealt by time to 3 parts: found 2 different times"):
        chronological(np.repeat([1.0, 2.0], 10), None, RATIO)
    with pytest.raises(HoldoutError, match="found 1 different times"):
        chronological(np.arange(9.0), np.zeros(9, int), RATIO)


def test_times_come_before_classes_and_rows_of_weight_0_are_left_out() -> None:
    schema = Schema("classification", ("a",), ("u", "v"))
    y, weights = np.arange(80) % 2, np.ones(80)
    weights[:10] = 0
    rows = Rows(np.arange(80.0)[:, None], y, importance=weights, moments=np.arange(80.0)[::-1])
    parts = deal(rows, schema, RATIO, 1, True)
    assert [part.tolist() for part in parts] == [list(range(30, 80)), list(range(20, 30)), list(range(10, 20))]
    assert dealing_notes(rows, schema, True) == [
        "10 of 80 rows have weight 0 and are left out",
        "rows are dealt by time, the latest to the test",
        "split.stratify has no effect on rows that are dealt by time",
    ]
    assert dealing_notes(Rows(rows.X, y), schema, True) == []
    labels = Schema("multilabel", ("a",), ("u", "v"))
    assert "several labels: they are dealt at random" in dealing_notes(Rows(rows.X, np.eye(2)), labels, True)[0]
