"""Claim 3, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.bouncing import BATCH, CLAIM, CONSTANT, DECREASING, bounce
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED

RULE = {"calmer": 5.0, "lasting": 0.5, "level": 0.05}
SMALL = RULE | {"rows": 20, "noise": 0.3, "hidden": [2], "rate": 0.1, "decay": 0.2, "epochs": 40, "seeds": [1, 2]}


def test_a_constant_rate_bounces_farther() -> None:
    found = CLAIM.measure(SMALL)
    assert [len(one) for one in found[CONSTANT]] == [40, 40]
    assert sum(bounce(found[CONSTANT], 3)) > sum(bounce(found[DECREASING], 3))
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


def zigzag(early: float, late: float) -> list[list[float]]:
    """A loss that goes up and down by ``early``, in the last quarter by ``late``, a little more by the seed."""
    return [[seed * (early if t < 30 else late) * (t % 2) + 1 for t in range(40)] for seed in (1, 1.1, 1.2, 1.3, 1.4)]


@pytest.mark.parametrize(
    ("constant", "decreasing", "outcome"),
    [
        (zigzag(1, 1), zigzag(1, 0.1), CONFIRMED),
        (zigzag(1, 1), zigzag(1, 0.5), LIMITED),
        (zigzag(1, 0.1), zigzag(1, 0.001), LIMITED),  # it comes to rest by itself
        (zigzag(1, 1), zigzag(1, 1), NOT_CONFIRMED),
    ],
    ids=["calmer", "hardly calmer", "at rest by itself", "the same"],
)
def test_the_rule_comes_out_each_way(constant: Any, decreasing: Any, outcome: str) -> None:
    found = {CONSTANT: constant, DECREASING: decreasing, BATCH: zigzag(0, 0)}
    assert CLAIM.judge(RULE, found).outcome == outcome
