"""Of many rows, checks hold in memory what fits; equal rows they find among all."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from pipeline.auditing import binned, samples, sums, telltale, twins
from pipeline.auditing import rules as simple
from pipeline.auditing.crossing import crossing
from pipeline.auditing.inspection import inspect
from pipeline.auditing.pitfalls import ALARM
from pipeline.auditing.samples import joined, runs, spread
from pipeline.feed.rows import Rows
from tests.leaks.plants import dealt, schema_of

Array = np.ndarray
CELLS = 2_000
COLUMNS = tuple("abcdef")


class Watched:
    """An array that notes how many numbers are read of it at once."""

    def __init__(self, X: Array) -> None:
        self._X, self.shape, self.dtype, self.most = X, X.shape, X.dtype, 0

    def __len__(self) -> int:
        return len(self._X)

    def __getitem__(self, rows: Any) -> Array:
        found: Array = self._X[rows]
        self.most = max(self.most, found.size)
        return found


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "CELLS", CELLS)
    monkeypatch.setattr(samples, "LEAST", 50)
    monkeypatch.setattr(samples, "RUN", 10)
    monkeypatch.setattr(twins, "EXACT", 300)
    monkeypatch.setattr(twins, "SAMPLED", 100)
    monkeypatch.setattr("pipeline.feed.equality.CHUNK", 8 * CELLS)
    monkeypatch.setattr("pipeline.auditing.binned.every", lambda rows, most=300: slice(None, None, -(-rows // most)))
    for name in ("telltale", "sums"):
        monkeypatch.setattr(f"pipeline.auditing.{name}.every", lambda rows: slice(None, None, -(-rows // 300)))


def watched(rows: Rows) -> Rows:
    return replace(rows, X=cast(Array, Watched(rows.X)))


def noise(rows: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(rows, len(COLUMNS))), rng.integers(2, size=rows)


def test_no_check_holds_more_than_fits() -> None:
    X, y = noise(7_000)
    data = dealt(Rows(X, y), schema_of(COLUMNS, 2))
    train, validation, test = map(watched, (data.train, data.validation, data.test))
    beside = crossing(validation, train, data.schema)
    found = inspect(train, validation, {"validation": beside, "test": crossing(test, train, data.schema)}, data.schema)
    assert not [one for one in found if one.severity == ALARM]
    for rows in (train, validation, test):
        assert 0 < cast(Watched, rows.X).most <= CELLS


def test_a_rule_that_would_take_long_reads_no_row_it_would_be_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simple, "LINEAR_WORK", 1)
    monkeypatch.setattr(simple, "BOOSTING_WORK", 1)
    X, y = noise(700)
    data = dealt(Rows(X, y), schema_of(COLUMNS, 2))
    asked = watched(data.validation).X
    assert [rule.skipped != "" for rule in simple.rules(data.train, asked, data.schema)] == [False, True, True]
    assert cast(Watched, asked).most == 0


def test_an_equal_row_is_found_among_all_and_of_near_ones_their_share() -> None:
    X, y = noise(7_000)
    data = dealt(Rows(X, y), schema_of(COLUMNS, 2))
    X = data.test.X.copy()
    X[7] = data.train.X[-1]
    X[20:] = data.train.X[: len(X) - 20] * (1 + 1e-9)
    facts = crossing(replace(data.test, X=X), data.train, data.schema)
    assert (facts["equal"], facts["compared"], facts["others"]) == (1, 100, 5_000)
    assert facts["held"] == CELLS // len(COLUMNS)
    (one,) = [one for one in inspect(data.train, data.validation, {"test": facts}, data.schema) if one.code == "HD02"]
    assert one.severity == ALARM
    assert one.numbers["share"] == pytest.approx(0.98, abs=0.3)
    assert "(samples were compared: of its 1,000 rows, and 333 of 5,000 others; so of all 90 %)" in one.said


def test_joined_rows_are_those_of_both() -> None:
    one, other = np.arange(12.0).reshape(6, 2), np.arange(8.0).reshape(4, 2) - 9
    both, expected = joined(one, other), np.concatenate([one, other])
    assert (len(both), both.shape, both.dtype) == (10, (10, 2), expected.dtype)
    for rows in (slice(None), slice(2, 9), slice(None, None, 3), np.array([9, 0, 6, 5]), np.array([], int)):
        assert np.array_equal(both[rows], expected[rows])


def test_samples_are_even_and_runs_follow_each_other() -> None:
    assert spread(5, 5).tolist() == spread(5, 9).tolist() == runs(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert spread(10, 4).tolist() == [0, 3, 6, 9]
    found = runs(1_000, 50)
    assert len(found) == 50
    assert (np.diff(found) == 1).sum() == 45
    assert (found[0], found[-1]) == (0, 999)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_columns_are_not_looked_at_in_the_file_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    """Each column would read every page of the file again, of a table beyond memory from the disk."""
    rng = np.random.default_rng(4)
    np.save(tmp_path / "X.npy", rng.normal(size=(60, 5)).astype(kind))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    rows, schema = Rows(X, rng.integers(0, 2, 60), origin=np.arange(60)), schema_of(tuple("abcde"), 2)
    looked: list[Array] = []

    def look(x: Array, *other: Any, **named: Any) -> float:
        looked.append(x)
        return 0.0

    for module in (binned, telltale):
        monkeypatch.setattr(module, "skill", look)
    telltale.given_away(rows, schema)
    numbers, _ = sums._numbers(rows, schema)
    assert len(looked) == 5
    assert not any(np.shares_memory(x, X) for x in [*looked, numbers])
