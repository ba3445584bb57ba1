"""What is said of few rows, and of values that nearly all rows have."""

from typing import Any

import numpy as np
import pytest

from pipeline.auditing.counting import enough, usual
from pipeline.feed.rows import Rows
from tests.leaks.plants import schema_of


@pytest.mark.parametrize(
    ("classes", "rows", "words"),
    [
        (2, 3, "3 rows: even of no error at all, the 95 % interval goes up to 70.8 %"),
        (2, 1, "1 row: even of no error at all, the 95 % interval goes up to 97.5 %"),
        (2, 100, None),
        (0, 3, "3 rows: a mean of so few losses is uncertain"),
    ],
)
def test_few_test_rows_are_said_to_tell_what_they_tell(classes: int, rows: int, words: str | None) -> None:
    train = Rows(np.zeros((60, 1)), np.zeros(60, np.int64))
    parts: Any = {"test": {"rows": rows, "classes": [9] * classes}}
    said = [one.said for one in enough(train, parts, schema_of(("c0",), classes)) if one.code == "HD12"]
    assert words is None or words in said[0]
    assert bool(said) == (words is not None)


@pytest.mark.parametrize(
    ("classes", "words"),
    [(2, "the mistakes by class, or set weighting=balanced"), (0, "the rows with another value apart")],
)
def test_a_value_nearly_everywhere_comes_with_advice_for_its_task(classes: int, words: str) -> None:
    y = np.zeros(100, np.int64)
    y[:2] = 1
    (found,) = usual(Rows(np.zeros((100, 1)), y), schema_of(("c0",), classes))
    assert found.said.endswith(f"look at {words}")
