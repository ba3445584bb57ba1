"""Levels that share one input are said: which columns, how many levels, how many rows."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from pipeline.data.remarks import remark
from pipeline.errors import Note
from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CATEGORY, FLAG, Schema

HOW = Preprocessing("robust")


def schema_of(levels: int) -> Schema:
    names = tuple(map(str, range(levels)))
    return Schema("classification", ("town", "sex"), ("a", "b"), None, (CATEGORY, FLAG), (names, ("f", "m")))


def rows_of(each: list[int]) -> np.ndarray:
    """Each level in so many rows, beside a flag."""
    town = np.repeat(np.arange(len(each)), each)
    return np.column_stack([town, town % 2]).astype(float)


@pytest.mark.parametrize(
    ("each", "how", "said"),
    [
        ([10] * 8, replace(HOW, levels=6), r"'town' \(2 of 8, 25 % of the rows\): raise levels=6, or lower rare=3"),
        ([40, 40, 1, 1, 2, 0], HOW, r"'town' \(3 of 5, 4.8 % of the rows\): raise levels=128, or lower rare=3"),
    ],
)
def test_levels_that_share_an_input_are_said(each: list[int], how: Preprocessing, said: str) -> None:
    with pytest.warns(Note, match=f"levels share one input in {said}, to tell them apart"):
        fit_inputs(how, rows_of(each), schema_of(len(each)))


@pytest.mark.parametrize(
    ("each", "how"), [([10] * 8, HOW), ([300, 300, 2, 1], HOW), ([10] * 8, replace(HOW, levels=8))]
)
def test_nothing_is_said_of_levels_with_inputs_of_their_own_or_next_to_no_rows(
    each: list[int], how: Preprocessing
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Note)
        fit_inputs(how, rows_of(each), schema_of(len(each)))


def test_the_card_says_which_columns_have_more_levels_than_inputs() -> None:
    X = rows_of([5] * 130)
    remarks = remark(Rows(X, np.zeros(len(X), int)), schema_of(130), ())[1]
    assert any(
        "more levels than preprocessing.levels" in line and "128 by default: 'town' (130)" in line for line in remarks
    )
