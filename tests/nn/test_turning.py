"""Turning a panel of rows moves every number to its place, and fills the rest of the panel with zeros."""

import numpy as np
import pytest

from pipeline.arithmetic.cache import compiled
from pipeline.nn.compiled.turning import PANEL, turn

Array = np.ndarray


@compiled
def turned(a: Array, at: int, row: int, rows: int, width: int, out: Array) -> None:
    turn(a, at, row, rows, width, out, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_change_places_and_nothing_else(dtype: str) -> None:
    rng = np.random.default_rng(4)
    for rows in (1, 7, 8, 9, 31, PANEL):
        for width in (1, 7, 8, 17, 100):
            a, out = rng.random((rows, width + 3)).astype(dtype), np.full((width, PANEL), np.nan, dtype)
            turned(a.reshape(-1), 2, width + 3, rows, width, out.reshape(-1))
            np.testing.assert_array_equal(out[:, :rows], a[:, 2 : 2 + width].T)
            assert not out[:, rows:].any()
