"""Claim 1, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.hand_example import CLAIM

SMALL = {"networks": [[2, 2, 2]], "activations": ["tanh"], "seeds": [1, 2], "within": 1e-8, "most": 0.9}


def test_products_are_derivatives_and_the_figure_is_the_same_each_time() -> None:
    found = CLAIM.measure(SMALL)
    assert len(found["tanh"]["product"]) == 24
    assert CLAIM.judge(SMALL, found).outcome == CONFIRMED
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(("off", "outcome"), [(0, CONFIRMED), (1, LIMITED), (2, NOT_CONFIRMED)])
def test_the_rule_comes_out_each_way(off: int, outcome: str) -> None:
    right = [0.1] * 10
    results: dict[str, Any] = {"difference": right, "product": [0.2] * off + right[off:], "swapped": [0.3] * 10}
    assert CLAIM.judge(SMALL, {"tanh": results}).outcome == outcome
