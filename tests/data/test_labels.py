"""Which targets are classes, and what their indices are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data import labels
from pipeline.data.labels import encode
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION, REGRESSION


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (np.array(["b", "a"] * 5, object), CLASSIFICATION, ("a", "b")),
        (np.array(["10", "2"] * 5, object), CLASSIFICATION, ("2", "10")),
        (np.array([2.0, 1.0] * 5), CLASSIFICATION, ("1", "2")),
        (np.array([True, False]), CLASSIFICATION, ("False", "True")),
        (np.array([0.5, 1.0] * 9), REGRESSION, ()),
        (np.array(["0.5", "1"] * 9, object), REGRESSION, ()),
        (np.arange(50), REGRESSION, ()),  # 50 different whole numbers in 50 rows are amounts
        (np.arange(1000) % 100, CLASSIFICATION, tuple(map(str, range(100)))),
        (np.arange(2000) % 101, REGRESSION, ()),
    ],
)
def test_the_target_decides_the_task(target: np.ndarray, task: str, classes: tuple[str, ...]) -> None:
    found, y, names = encode(target, None, "f", "t")
    assert (found, names) == (task, classes)
    assert y.dtype == (np.int64 if classes else np.float64)


def test_indices_point_at_their_names() -> None:
    _, y, names = encode(np.array(["cat", " ant", "bee", "cat "], object), None, "f", "t")
    assert [names[index] for index in y] == ["cat", "ant", "bee", "cat"]


def test_the_named_task_wins() -> None:
    assert encode(np.array([1, 2] * 9), REGRESSION, "f", "t")[0] == REGRESSION
    assert encode(np.arange(50), CLASSIFICATION, "f", "t")[2][-1] == "49"


def test_a_task_that_does_not_fit_is_refused() -> None:
    with pytest.raises(HoldoutError, match="f: row 1 .*target t: found 'b', but regression.*data.task: classification"):
        encode(np.array(["1.5", "b"], object), REGRESSION, "f", "t")
    with pytest.raises(HoldoutError, match="f: row 1 .*target t: found '1_0', but regression needs numbers"):
        encode(np.array(["1.5", "1_0"], object), REGRESSION, "f", "t")


def test_a_slip_in_a_column_of_amounts_is_named_by_its_place() -> None:
    amounts = np.array([str(value / 4) for value in range(20)] + ["oops"], object)
    with pytest.raises(HoldoutError, match="f: line 22, target t: found 'oops'"):
        encode(amounts, None, "f", "t", lambda row: f"line {row + 2}")


WRITTEN = [
    ["1", "01", "1.0", "+1", " 1_0"],
    ["100", "1E2", "1e2"],
    ["1.1", "1.10"],
    ["9007199254740992", "9007199254740993"],
    ["True", "true", "1"],
    ["nan", "NaN", "inf"],
]


@pytest.mark.parametrize("task", [CLASSIFICATION, None])
@pytest.mark.parametrize("texts", WRITTEN)
def test_labels_are_text_as_written(texts: list[str], task: str | None) -> None:
    if task is None and texts == ["1.1", "1.10"]:
        return  # numbers with a fraction, of which nobody said that they are classes
    target = np.array(texts * 6, object)
    _, y, names = encode(target, task, "f", "t")
    assert [names[index] for index in y] == [text.strip() for text in texts] * 6
    assert np.array_equal(y, encode(target.astype(str), task, "f", "t")[1])


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (np.array([2**53, 2**53 + 1]), ("9007199254740992", "9007199254740993")),
        (np.array([2**64 - 1, 0], np.uint64), ("0", "18446744073709551615")),
        (np.array([-10, -9, 3], np.int8), ("-10", "-9", "3")),
        (np.array([3.0, 12.0, -1.0]), ("-1", "3", "12")),
        (np.array([0.5, 1.0]), ("0.5", "1.0")),
        (np.array([1.1, 2.5], np.float32), ("1.1", "2.5")),
        (np.array([True, False]), ("False", "True")),
    ],
)
def test_numbers_of_any_type_are_classes_where_the_task_says_so(values: np.ndarray, names: tuple[str, ...]) -> None:
    task, y, found = encode(values, CLASSIFICATION, "f", "t")
    assert (task, found) == (CLASSIFICATION, names)
    assert y.tolist() == [found.index(name) for name in labels._as_written(values)]


def test_numbers_as_text_are_amounts_where_the_task_says_so() -> None:
    task, y, names = encode(np.array(["1", " 2.5", "1e3"] * 5, object), REGRESSION, "f", "t")
    assert (task, names, y[:3].tolist()) == (REGRESSION, (), [1, 2.5, 1000])


@given(st.lists(st.integers()))
def test_whole_numbers_are_in_order_of_value(numbers: list[int]) -> None:
    assert labels.ordered([*map(str, numbers)]) == [*map(str, sorted(numbers))]


@pytest.mark.parametrize("other", ["-0", "--1", "07", "+3", "x", "", "٣", "9" * 500])
def test_other_labels_are_in_order_of_their_text(other: str) -> None:
    assert labels.ordered(["10", "9", other]) == sorted(["10", "9", other])
