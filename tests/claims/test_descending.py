"""Claim 3c, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.descending import CLAIM, rises

RULE = {"rounding": 1e-12, "rare": 0.1}
SMALL = RULE | {"rows": 20, "hidden": [3], "rates": [0.0003, 3.0], "epochs": 8, "seeds": [1]}


def test_a_small_rate_goes_down_and_a_large_one_does_not() -> None:
    found = CLAIM.measure(SMALL)
    assert rises(SMALL, found["0.0003"]) == 0 < rises(SMALL, found["3"])
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


DOWN, UP = [float(step) for step in range(30, 0, -1)], [*range(30, 1, -1), 30.0]


@pytest.mark.parametrize(
    ("small", "large", "outcome"),
    [(DOWN, UP, CONFIRMED), (DOWN, DOWN, LIMITED), (UP, UP, LIMITED), (UP[::-1], UP, NOT_CONFIRMED)],
    ids=["down, then up", "never up", "rarely up", "up"],
)
def test_the_rule_comes_out_each_way(small: Any, large: Any, outcome: str) -> None:
    assert CLAIM.judge(RULE, {"0.01": [small], "1": [large]}).outcome == outcome
