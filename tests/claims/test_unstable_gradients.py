"""Claim 10, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.unstable_gradients import CLAIM
from tests.claims.settings import with_others

SMALL = with_others(
    CLAIM, seeds=[1], chains=20, depths=[1, 6], units=8, inputs=8, examples=10, trained_depths=[1, 2], rows=40, epochs=1
)


def test_the_chain_is_the_product_and_small_weights_make_it_vanish() -> None:
    found = CLAIM.measure(SMALL)
    assert max(one["off"] for unit in found["chain"][0].values() for one in unit) < 1e-12
    smallest = found["deep"][0]["logistic"][0]
    assert smallest[1] < 0.01 * smallest[0]
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("off", "large", "outcome"),
    [(0, (99, 99), CONFIRMED), (0, (1, 99), LIMITED), (0, (1, 1), NOT_CONFIRMED), (1e-3, (99, 99), NOT_CONFIRMED)],
)
def test_the_rule_comes_out_each_way(off: float, large: tuple[float, float], outcome: str) -> None:
    def seed(number: int) -> dict[str, Any]:
        more = 1 + number / 100
        last = [0.01 * more, 1.0, large[0] * more, large[1] * more]
        return {unit: [[1.0, ratio] for ratio in last] for unit in SMALL["chain_units"]}

    chain = {unit: [{"off": off, "growth": 0.1, "exploding": 0.2}] * 5 for unit in SMALL["chain_units"]}
    results = {
        "chain": [chain] * 8,
        "deep": [seed(number) for number in range(8)],
        "trained": [[0.1 + number / 100, 2.0] for number in range(8)],
    }
    assert CLAIM.judge(SMALL, results).outcome == outcome
