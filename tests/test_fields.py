"""The checker of what is read back: it names the first fact that is wrong, and what was found."""

from typing import Any

import pytest

from pipeline.fields import (
    Kind,
    finite,
    list_of,
    mapping,
    mapping_of,
    number,
    one_of,
    optional,
    text,
    texts,
    whole,
    wrong,
)

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "fitting", "others"),
    [
        (text, ["", "a"], [None, 1, ["a"]]),
        (whole, [0, -3, 10**30], [True, 1.0, "1", None]),
        (number, [0, 0.5, NAN], [True, "1", None, 1j]),
        (finite, [0, -0.5, 10**400], [NAN, INFINITE, -INFINITE, False, "1"]),
        (mapping, [{}, {"a": 1}], [[], None, "a"]),
        (texts, [[], ["a"]], ["a", [1], {"a": 1}, None]),
        (one_of("a", "b"), ["a"], ["c", None, ["a"], {}]),
        (optional(whole), [None, 1], [True, "1"]),
        (list_of(whole, 2), [[1, 2]], [[1], [1, 2, 3], [1, True], "12"]),
        (mapping_of(text), [{}, {"a": "b"}], [{"a": 1}, ["a"]]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_kind_takes_its_own_and_nothing_else(kind: Kind, fitting: list[Any], others: list[Any]) -> None:
    assert [value for value in fitting if not kind(value)] == []
    assert [value for value in others if kind(value)] == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "a", "rows": 3, "more": None}, None),
        ({"name": "a"}, "there is no rows"),
        ({"rows": "many", "name": None}, "name is null"),
        ({"name": "a", "rows": "many"}, 'rows is "many"'),
        ({"name": "a", "rows": True}, "rows is true"),
        ({"name": "a", "rows": ["ü"]}, 'rows is ["ü"]'),
        ({"name": "a", "rows": "x" * 1000}, f'rows is "{"x" * 79}'),
        ([], "found [], expected facts by name"),
        (3, "found 3, expected facts by name"),
    ],
)
def test_the_first_fact_that_is_wrong_is_named_with_what_was_found(values: Any, message: str | None) -> None:
    assert wrong(values, {"name": text, "rows": whole}) == message
