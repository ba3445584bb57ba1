"""Claim 4, small; and its rule each way."""

from typing import Any

import numpy as np
import pytest

from pipeline.claims.choosing_examples import CLAIM, ORDERS, OUTLIER, with_outlier
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.material import digits

RULE = {"worth": 1.1, "level": 0.05}
SMALL = RULE | {"rows": 30, "held_out": 20, "hidden": [9], "rate": 0.05, "epochs": 15, "target": 1.0, "seeds": [1, 2]}


def test_an_outlier_comes_more_often_by_the_largest_error() -> None:
    found = CLAIM.measure(SMALL)
    assert list(found) == [name + more for name in ORDERS for more in ("", OUTLIER)]
    assert min(found["largest_error, one outlier"]["shown"]) > 1
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


def test_the_outlier_contradicts_another_row() -> None:
    rows = with_outlier(digits(30, 1)).train
    assert np.array_equal(rows.X[0], rows.X[-1])
    assert rows.y[0] != rows.y[-1]


def results(hardest: float, different: float, harm: float) -> dict[str, Any]:
    spread = np.linspace(0.9, 1.1, 8)
    found: dict[str, Any] = {}
    for name, passes in zip(ORDERS, (10, hardest, different), strict=True):
        for outlier in (False, True):
            loss = 1 + harm * spread * (outlier and name == "largest_error")
            found[name + OUTLIER * outlier] = {
                "passes": (passes * spread).tolist(),
                "loss": loss.tolist() if np.ndim(loss) else [1.0] * 8,
                "shown": [3.0],
            }
    return found


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (results(5, 5, 0), CONFIRMED),
        (results(5, 5, 0.1), LIMITED),  # an outlier spoils it
        (results(5, 10, 0), LIMITED),
        (results(9.5, 9.5, 0), NOT_CONFIRMED),  # too little
        (results(20, 20, 0), NOT_CONFIRMED),
    ],
)
def test_the_rule_comes_out_each_way(found: dict[str, Any], outcome: str) -> None:
    assert CLAIM.judge(RULE, found).outcome == outcome
