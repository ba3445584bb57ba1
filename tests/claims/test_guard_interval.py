"""Claim 6, small; and its rule each way."""

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.guard_interval import ARMS, ASYMPTOTES, CLAIM
from tests.claims.settings import with_others

SMALL = with_others(CLAIM, seeds=[1, 2], rows=50, held_out=60, hidden=5, epochs=2, outliers=5)


def test_networks_differ_in_their_outputs_only() -> None:
    found = CLAIM.measure(SMALL)
    assert [len(found[name]["weights"][1]) for name in ARMS] == [2, 2, 2]
    assert len({found[name]["weights"][0][-1] for name in ARMS}) == 3
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("weights", "outlier", "outcome"), [(2, 5, CONFIRMED), (2, 1.1, LIMITED), (1.01, 5, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(weights: float, outlier: float, outcome: str) -> None:
    def arm(name: str) -> dict[str, list[object]]:
        first = name == ASYMPTOTES
        each = [1 + seed / 100 for seed in range(8)]
        return {
            "weights": [[0.5, one * (weights if first else 1)] for one in each],
            "outlier": [one * (outlier if first else 1) for one in each],
            "typical": [*each],
            "binary": [one * (0.5 if first else 0.1) for one in each],
        }

    assert CLAIM.judge(SMALL, {name: arm(name) for name in ARMS}).outcome == outcome
