from dataclasses import replace

import numpy as np
import pytest

from pipeline.feed.schema import CATEGORY, DATE, NUMBER, UNSEEN, Schema
from pipeline.sealing import fingerprints
from pipeline.sealing.fingerprints import Fingerprint, comparable, from_bytes, seen, take

NAMES = tuple(f"column {i}" for i in range(12))
PLAIN = Schema("classification", NAMES, ("a", "b"))


@pytest.fixture
def X(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(50, len(NAMES)))


def share(now: Fingerprint, before: Fingerprint) -> float | None:
    found = seen(now, before)
    return None if found is None else float(found.mean())


def test_a_row_is_known_again_in_another_order_and_beside_others(X: np.ndarray, rng: np.random.Generator) -> None:
    mixed = np.concatenate([rng.normal(size=(30, len(NAMES))), X[::-1][:10]])
    assert share(take(X, PLAIN), take(mixed, PLAIN)) == 0.2
    assert share(take(mixed, PLAIN), take(X, PLAIN)) == 0.25
    assert share(take(X, PLAIN), take(mixed[:30], PLAIN)) == 0


def test_a_table_exported_anew_with_seven_digits_and_its_columns_in_another_order_is_the_same(X: np.ndarray) -> None:
    order = np.arange(len(NAMES))[::-1]
    again = np.array([[float(f"{value:.7g}") for value in row] for row in X[:, order]])
    assert share(take(again, replace(PLAIN, features=NAMES[::-1])), take(X, PLAIN)) > 0.9
    assert share(take(X.astype(np.float32), PLAIN), take(X, PLAIN)) > 0.9


def test_bytes_and_numbers_of_the_same_value_are_the_same() -> None:
    X = np.arange(48, dtype=np.uint8).reshape(4, 12)
    assert share(take(X, PLAIN), take(X.astype(np.float64), PLAIN)) == 1
    zeros = np.zeros((1, 12))
    assert share(take(zeros, PLAIN), take(-zeros, PLAIN)) == 1


@pytest.mark.parametrize("gone", [0, 5, 11])
def test_a_column_that_has_gone_or_come_leaves_the_rows_the_same(gone: int, X: np.ndarray) -> None:
    fewer = replace(PLAIN, features=tuple(np.delete(NAMES, gone)))
    less = take(np.delete(X, gone, axis=1), fewer)
    assert share(less, take(X, PLAIN)) == share(take(X, PLAIN), less) == 1
    assert share(less, take(X[:0:-2] + 1, PLAIN)) == 0


def test_tables_without_common_columns_can_not_be_compared(X: np.ndarray) -> None:
    other = replace(PLAIN, features=tuple(f"other {i}" for i in range(len(NAMES))))
    assert seen(take(X, PLAIN), take(X, other)) is None


def test_columns_in_common_that_tell_no_rows_apart_say_nothing(rng: np.random.Generator) -> None:
    sexes, weights = rng.integers(0, 2, (40, 1)), rng.normal(size=(40, 1))
    schema = Schema("classification", ("sex", "weight"), ("a", "b"))
    whole = take(np.hstack([sexes, weights]), schema)
    assert seen(whole, take(sexes, Schema("classification", ("sex",), ("a", "b")))) is None
    assert share(whole, whole) == 1


def test_levels_count_by_their_text() -> None:
    def table(codes: list[float], levels: tuple[str, ...]) -> Fingerprint:
        schema = Schema("classification", ("color", "when"), ("a",), None, (CATEGORY, DATE), (levels, ()))
        return take(np.array([[code, 1e9 * (1 + i)] for i, code in enumerate(codes)]), schema)

    one = table([0, 1, np.nan, 2], ("blue", "green", "red"))
    assert share(table([1, 2, np.nan, 0], ("red", "blue", "green")), one) == 1
    assert share(table([0, 1, np.nan, 2], ("green", "blue", "red")), one) == 0.5
    assert share(table([0, 1, np.nan, UNSEEN], ("blue", "green")), one) == 0.75


def test_it_is_small_and_read_back_as_it_was(X: np.ndarray) -> None:
    found = take(X, PLAIN)
    data = found.to_bytes()
    assert len(data) == 32 * len(X)
    assert share(from_bytes(data, found.columns, found.n), found) == 1
    with pytest.raises(ValueError, match="reshape"):
        from_bytes(data[:-4], found.columns, found.n)


def test_of_many_rows_a_sample_is_kept_that_tells_the_share(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "MOST", 1000)
    X = rng.normal(size=(9000, 2))
    schema = Schema("regression", ("a", "b"), (), kinds=(NUMBER, NUMBER), levels=((), ()))
    now, before = take(X[:4000], schema), take(X[3000:], schema)
    assert (len(now.numbers), now.sampled) == (1000, True)
    found, judged = seen(now, before), comparable(now, before)
    assert found is not None
    assert 0.2 < found[judged].mean() < 0.3
    fewer = take(X[:500, :1], Schema("regression", ("a",), ()))
    assert seen(now, fewer) is None


def test_dates_are_numbers_whatever_stands_beside_them_in_the_card() -> None:
    schema = Schema("regression", ("when",), (), kinds=(DATE,), levels=(("day",),), targets=("y",))
    X = np.array([[1467417600.0], [np.nan], [1467504000.0]])
    assert take(X, schema).n == 3
