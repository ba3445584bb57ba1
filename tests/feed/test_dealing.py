"""Splitting: disjoint, complete, exact, stratified, seeded; ties stay in one part."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.checks import absent_classes
from pipeline.errors import HoldoutError
from pipeline.feed.dealing import part_sizes, quotas, split, tied
from pipeline.feed.equality import same_rows

RATIO = (5, 1, 1)
ratios = st.tuples(*[st.integers(1, 9)] * 3)
seeds = st.integers(0, 2**32)


@st.composite
def labels(draw: st.DrawFn) -> np.ndarray:
    """y (rows,): 1 to 6 classes of 3 to 40 rows, shuffled."""
    counts = draw(st.lists(st.integers(3, 40), min_size=1, max_size=6))
    return np.random.default_rng(draw(seeds)).permutation(np.repeat(np.arange(len(counts)), counts))


def part_of(parts: tuple[np.ndarray, ...], rows: int) -> np.ndarray:
    found = np.full(rows, -1)
    for index, part in enumerate(parts):
        found[part] = index
    return found


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(30, 5000), ratio=ratios)
def test_sizes_are_within_one_row_of_the_ratio(rows: int, ratio: tuple[int, int, int]) -> None:
    sizes = part_sizes(rows, ratio)
    assert sizes.sum() == rows
    assert (np.abs(sizes - rows * np.array(ratio) / sum(ratio)) < 1).all()


def test_sizes_of_the_two_default_sets() -> None:
    assert part_sizes(70_000, RATIO).tolist() == [50_000, 10_000, 10_000]
    assert part_sizes(5_000, RATIO).tolist() == [3572, 714, 714]  # remainders .43 .29 .29


@settings(max_examples=50, deadline=None)
@given(y=labels(), seed=seeds)
def test_stratified_split_is_a_partition_with_exact_sizes_and_shares(y: np.ndarray, seed: int) -> None:
    if len(y) < 7:
        return
    parts = split(y, None, RATIO, seed, True)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(y)))
    sizes = part_sizes(len(y), RATIO)
    assert [len(part) for part in parts] == sizes.tolist()
    for part, size in zip(parts, sizes, strict=True):
        share = np.bincount(y) * size / len(y)
        assert (np.abs(np.bincount(y[part], minlength=y.max() + 1) - share) < 1).all()


@settings(max_examples=30, deadline=None)
@given(y=labels(), seed=seeds, count=st.integers(8, 40))
def test_groups_and_duplicates_stay_in_one_part(y: np.ndarray, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    groups, duplicates = rng.integers(0, count, len(y)), np.arange(len(y))
    duplicates[len(y) // 2] = duplicates[0]  # ties two groups through a repeated row
    try:
        parts = split(y, groups, RATIO, seed, True, duplicates)
    except HoldoutError as error:
        assert "no rows" in str(error)  # few rows in few groups
        return
    part = part_of(parts, len(y))
    assert (part >= 0).all() and sum(map(len, parts)) == len(y)
    assert all(len(np.unique(part[groups == group])) == 1 for group in np.unique(groups))
    assert part[0] == part[len(y) // 2]


def test_repeated_rows_leave_sizes_exact_when_single_rows_can_fill() -> None:
    y = np.arange(700) % 7
    duplicates = np.arange(700)
    duplicates[:140] //= 2
    parts = split(y, None, RATIO, 1, False, duplicates)
    assert [len(part) for part in parts] == [500, 100, 100]
    part = part_of(parts, 700)
    assert (part[0:140:2] == part[1:140:2]).all()
    assert len(np.unique(part[:140])) == 3  # repeated rows aren't all dealt to one part


def test_a_seed_is_a_split() -> None:
    y = np.arange(210) % 3
    first, again, other = (split(y, None, RATIO, seed, True) for seed in (1, 1, 2))
    assert all(map(np.array_equal, first, again))
    assert not np.array_equal(first[2], other[2])


def test_a_row_left_over_goes_where_the_class_has_none() -> None:
    # 63 rows are 45 : 9 : 9. Exact shares of the class of 3 are 2.14, .43, .43: two rows train, one does not.
    shares = quotas(np.array([60, 3]), np.array([45, 9, 9]))
    assert shares.sum(axis=0).tolist() == [45, 9, 9]
    assert shares.sum(axis=1).tolist() == [60, 3]
    assert sorted(shares[1].tolist()) == [0, 1, 2]
    assert shares[1, 0] == 2


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(HoldoutError, match="validation part would have no rows.*expected at least 1"):
        split(np.zeros(50), None, (1000, 1, 1), 0, False)
    with pytest.raises(HoldoutError, match="class 1 has 2 rows, expected at least 3"):
        split(np.repeat([0, 1], [20, 2]), None, RATIO, 0, True)
    with pytest.raises(HoldoutError, match="no rows: groups"):
        split(np.zeros(20), np.zeros(20, int), RATIO, 0, False)


def test_units_join_through_either_tie() -> None:
    units = tied(5, np.array([0, 0, 1, 2, 3]), np.array([7, 8, 8, 9, 10]))
    assert units[0] == units[1] == units[2]
    assert len(np.unique(units)) == 3


def test_equal_rows_are_found_and_minus_zero_is_zero() -> None:
    assert same_rows(np.array([[0.0, 1], [-0.0, 1], [1, 0]])).tolist() == [0, 0, 2]
    assert same_rows(np.array([[1, 2], [2, 1], [1, 2]], np.uint8)).tolist() == [0, 1, 0]


def test_a_class_kept_out_of_a_part_is_said_and_out_of_training_refused() -> None:
    y = np.array([0, 0, 0, 1, 1, 1])
    whole = [np.array([0, 3]), np.array([1, 4]), np.array([2, 5])]
    assert absent_classes(y, whole, ("a", "b")) == []
    lost = [np.array([0, 3, 4, 5]), np.array([1]), np.array([2])]
    expected = ["class b has no row in the validation part", "class b has no row in the test part"]
    assert absent_classes(y, lost, ("a", "b")) == expected
    with pytest.raises(HoldoutError, match="class a has no row in the training part"):
        absent_classes(y, [np.array([3]), np.array([0, 1, 2]), np.array([4, 5])], ("a", "b"))


def test_dealing_takes_some_bytes_a_row() -> None:
    """So that twelve million rows are dealt in a fraction of a gigabyte."""
    rows = 1_000_000
    X, y = np.random.default_rng(1).random((rows, 3), np.float32), np.zeros(rows)
    tracemalloc.start()
    try:
        split(y, None, RATIO, 1, False, same_rows(X))
        assert tracemalloc.get_traced_memory()[1] < 36 * rows
    finally:
        tracemalloc.stop()
