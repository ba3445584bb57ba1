"""Which targets are classes, and what their indices are."""

import numpy as np
import pytest

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
    with pytest.raises(HoldoutError, match="f: target t holds fractions.*data.task: regression"):
        encode(np.array([0.5, 1.5]), CLASSIFICATION, "f", "t")


def test_a_slip_in_a_column_of_amounts_is_named_by_its_place() -> None:
    amounts = np.array([str(value / 4) for value in range(20)] + ["oops"], object)
    with pytest.raises(HoldoutError, match="f: line 22, target t: found 'oops'"):
        encode(amounts, None, "f", "t", lambda row: f"line {row + 2}")
