"""Claim 3b, small; and its rule each way."""

from typing import Any

import numpy as np
import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.escaping import CLAIM, GRID, rows_of, surface

SMALL = {
    "near": {"x": 1.0, "d": -0.6, "rows": 60, "noise": 1.0},
    "far": {"x": 8.0, "d": 0.8, "noise": 0.0},
    "far_rows": {"narrow": 30, "wide": 6},
    "starts": {"narrow": -0.7, "wide": 0.1},
    "rates": [0.1],
    "passes": 2,
    "seeds": 2,
    "half": 0.5,
    "level": 0.05,
}


def test_each_begins_at_a_minimum_that_is_not_the_lowest() -> None:
    results = CLAIM.measure(SMALL)
    for name, found in results.items():
        errors = surface(*rows_of(SMALL, name))
        local, top, lower = (np.abs(GRID - found[mark]).argmin() for mark in ("local", "top", "lower"))
        assert errors[local] <= errors[local - 50 : local + 51].min() + 1e-6
        assert errors[lower] < errors[local] < errors[top]
        assert found["paths"]["0.1"]["batch"][0][-1] == pytest.approx(found["local"], abs=1e-3)
    assert CLAIM.draw(SMALL, results) == CLAIM.draw(SMALL, results)


def net(online: int, batch: bool = False, side: float = 1.0) -> dict[str, Any]:
    stays, leaves = [[-side]], [[side]]
    ways = {"batch": leaves if batch else stays, "constant": stays * 20}
    paths = {"0.1": ways | {"decreasing": leaves * online + stays * (20 - online)}}
    return {"local": -0.7 * side, "top": 0.0, "lower": 0.1 * side, "paths": paths}


@pytest.mark.parametrize(
    ("narrow", "wide", "outcome"),
    [
        (net(12), net(12, side=-1), CONFIRMED),
        (net(12), net(0), LIMITED),  # one of the two networks
        (net(8), net(8), LIMITED),  # fewer than half
        (net(3), net(3), NOT_CONFIRMED),  # chance
        (net(20, batch=True), net(20, batch=True), NOT_CONFIRMED),  # batch descent does as well
    ],
)
def test_the_rule_comes_out_each_way(narrow: Any, wide: Any, outcome: str) -> None:
    assert CLAIM.judge(SMALL | {"seeds": 20}, {"narrow": narrow, "wide": wide}).outcome == outcome
