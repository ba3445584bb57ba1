"""Claim 9, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.layer_speeds import CLAIM
from tests.claims.settings import with_others

SMALL = with_others(
    CLAIM, seeds=[1], rows=40, hidden=[5], activations=["logistic"], epochs=2, learning_rates=[0.01], fan_in_rates=[0.1]
)


def test_local_gradients_and_speeds_are_those_of_each_layer() -> None:
    found = CLAIM.measure(SMALL)
    assert [len(epoch) for epoch in found["deltas"]["logistic"][0]] == [2, 2, 2]
    assert [len(epoch) for epoch in found["speeds"]["fan_in"][0]["speeds"]] == [2, 2]
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("last", "even", "outcome"), [(2.0, 1.1, CONFIRMED), (2.0, 5.0, LIMITED), (0.5, 1.1, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(last: float, even: float, outcome: str) -> None:
    def scheme(ratio: float) -> list[dict[str, Any]]:
        return [{"loss": 0.1, "rate": 0.1, "speeds": [[1.0, ratio + seed / 100]]} for seed in range(8)]

    results = {"deltas": {"tanh": [[[1.0, last]]] * 8}, "speeds": {"equal": scheme(3.0), "fan_in": scheme(even)}}
    assert CLAIM.judge(SMALL, results).outcome == outcome
