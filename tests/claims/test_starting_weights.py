"""Claims 8 and 8b, small; and their rules each way."""

from typing import Any

import pytest

from pipeline.claims import starting_weights, unit_variance
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from tests.claims.settings import with_others

CLAIM, VARIANCE = starting_weights.CLAIM, unit_variance.CLAIM
SMALL = with_others(CLAIM, seeds=[1], zero_epochs=2, rows=40, hidden=[4, 4], epochs=1)
NARROW = with_others(VARIANCE, seeds=[1, 2], rows=500, units=50, layers=2)


def test_zeros_move_the_output_bias_alone_and_large_weights_saturate() -> None:
    found = CLAIM.measure(SMALL)
    assert found["zeros"][0]["others"] == 0 != found["zeros"][0]["output_bias"]
    shares = [one["saturated"] for one in found["scales"][0]]
    assert shares == sorted(shares)
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("others", "gradient", "outcome"), [(0, 0.1, CONFIRMED), (0, 9.0, LIMITED), (1e-300, 0.1, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(others: float, gradient: float, outcome: str) -> None:
    def scale(factor: float, more: float) -> dict[str, float]:
        large, small = factor >= 10, factor <= 0.01
        return {
            "saturated": 0.9 if large else 0.0,
            "gradient": more * (gradient if large else 0.01 if small else 1),
            "loss": more * (5 if large or small else 1),
        }

    results: dict[str, Any] = {
        "zeros": [{"others": others, "output_bias": 1.0}] * 8,
        "scales": [[scale(factor, 1 + seed / 10) for factor in SMALL["factors"]] for seed in range(8)],
    }
    assert CLAIM.judge(SMALL, results).outcome == outcome


def test_the_first_layer_has_the_variance_that_is_derived() -> None:
    found = VARIANCE.measure(NARROW)
    for seed in found["variances"]:
        assert [layers[0] for layers in seed] == pytest.approx([0.25, 1, 4], rel=0.1)
    assert VARIANCE.draw(NARROW, found) == VARIANCE.draw(NARROW, found)


@pytest.mark.parametrize(("last", "outcome"), [(0.95, CONFIRMED), (0.6, LIMITED), (0.4, NOT_CONFIRMED)])
def test_the_rule_of_the_variance_comes_out_each_way(last: float, outcome: str) -> None:
    layers = [[9.0, 9.0], [1.0, last], [9.0, 9.0]]
    assert VARIANCE.judge(NARROW, {"variances": [layers, layers]}).outcome == outcome
