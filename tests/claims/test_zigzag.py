"""Claim 7, small; and its rule each way."""

from typing import Any

import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.zigzag import CENTERED, CLAIM, POSITIVE, TABLE
from tests.claims.settings import with_others

SMALL = with_others(
    CLAIM, seeds=[1], path_rates=[0.4], table_rows=30, table_columns=2, table_epochs=50, rows=40, hidden=3, epochs=1,
    learning_rates=[0.03], components=5,
)  # fmt: skip


def test_steps_of_positive_inputs_go_one_way_and_whitening_levels_the_hessian() -> None:
    found = CLAIM.measure(SMALL)
    assert found["path"][0][POSITIVE]["together"] == 1 > found["path"][0][CENTERED]["together"]
    assert found["table"][0]["equal variances"]["condition"] == pytest.approx(1)
    assert found["table"][0][CENTERED]["condition"] == pytest.approx(found["table"][0]["decorrelated"]["condition"])
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


@pytest.mark.parametrize(
    ("together", "last", "outcome"), [(1, 1, CONFIRMED), (1, 4, LIMITED), (0.99, 1, NOT_CONFIRMED)]
)
def test_the_rule_comes_out_each_way(together: float, last: float, outcome: str) -> None:
    def seed(number: int) -> dict[str, Any]:
        ways = {name: 10.0 ** (3 - place) + number / 100 for place, name in enumerate(TABLE)}
        ways["equal variances"] *= 10.0 ** (last - 1)
        path = {POSITIVE: {"together": together, "detour": 4 + number}, CENTERED: {"together": 0.5, "detour": 1.2}}
        return {"path": path, "table": {name: {"condition": 5, "steps": n} for name, n in ways.items()}, "images": ways}

    seeds = [seed(number) for number in range(8)]
    results = {name: [one[name] for one in seeds] for name in ("path", "table", "images")}
    assert CLAIM.judge(SMALL, results).outcome == outcome
