"""Claim 3b, small; and its rule each way."""

from typing import Any

import numpy as np
import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.escaping import CLAIM, GRID, rows_of, surface

SMALL = {
    "near": {"x": 1.0, "d": -0.6, "rows": 6, "noise": 1.0},
    "far": {"x": 8.0, "d": 0.8, "rows": 3, "noise": 0.0},
    "start": -0.7,
    "rates": [0.1],
    "passes": 3,
    "seeds": 2,
    "half": 0.5,
    "level": 0.05,
}


def test_it_begins_at_a_minimum_that_is_not_the_lowest() -> None:
    found = CLAIM.measure(SMALL)
    errors = surface(*rows_of(SMALL))
    local, top, lower = (np.abs(GRID - found[name]).argmin() for name in ("local", "top", "lower"))
    assert errors[local] <= errors[local - 50 : local + 51].min() + 1e-9
    assert errors[lower] < errors[local] < errors[top]
    assert found["paths"]["0.1"]["batch"][0][-1] == pytest.approx(found["local"], abs=1e-3)
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("online", "batch", "outcome"),
    [(12, 0, CONFIRMED), (8, 0, LIMITED), (3, 0, NOT_CONFIRMED), (20, 1, NOT_CONFIRMED)],
)
def test_the_rule_comes_out_each_way(online: int, batch: int, outcome: str) -> None:
    paths = {"online": [[1.0]] * online + [[-1.0]] * (20 - online), "batch": [[1.0] if batch else [-1.0]]}
    found: dict[str, Any] = {"local": -0.7, "top": 0.0, "lower": 0.1, "paths": {"0.1": paths}}
    assert CLAIM.judge(SMALL | {"seeds": 20}, found).outcome == outcome
