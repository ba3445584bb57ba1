"""Claim 11b, small; and its rule each way."""

import itertools

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.straight_line import CLAIM
from tests.claims.settings import with_others

SMALL = with_others(CLAIM, seeds=[1], samples=6, hidden=[0, 20], epochs=300, points=11)


def test_two_parameters_are_a_straight_line() -> None:
    found = CLAIM.measure(SMALL)
    line, _ = found["shown"]["fits"]
    steps = [after - before for before, after in itertools.pairwise(line)]
    assert steps == pytest.approx([steps[0]] * 10)
    assert found["samples"][1][0] < found["samples"][0][0]
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("samples", "line", "outcome"), [(0.01, 9.0, CONFIRMED), (0.5, 9.0, LIMITED), (0.01, 0.5, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(samples: float, line: float, outcome: str) -> None:
    few = [1 + seed / 10 for seed in range(10)]
    results = {"samples": [few, [samples * one for one in few]], "line": [few, [line * one for one in few]]}
    assert CLAIM.judge(SMALL, results).outcome == outcome
