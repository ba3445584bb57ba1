"""Claim 5, small; and its rule each way."""

from typing import Any

import numpy as np
import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.odd_functions import CLAIM, special

RULE = {"odd": ["lecun_tanh", "tanh"], "other": "logistic", "worth": 1.1, "level": 0.05, "exact": 0.001, "near": 0.05}
SMALL = RULE | {
    "rows": 30,
    "held_out": 10,
    "hidden": [3],
    "rates": [0.1],
    "batch": 10,
    "target": 1.5,
    "most": 4,
    "tuning": 9,
    "seeds": [1, 2],
}


def test_the_bend_is_largest_near_one_by_formula_and_by_the_engine() -> None:
    found = special()
    assert found["at_one"] == pytest.approx(1, abs=1e-4) and found["at_minus_one"] == -found["at_one"]
    assert found["place"] == pytest.approx(found["place_on_grid"], abs=2e-4)
    assert 0.98 < found["place"] < 0.99


def test_each_activation_takes_a_rate_of_its_own() -> None:
    found = CLAIM.measure(SMALL)
    assert list(found["trained"]) == ["lecun_tanh", "tanh", "logistic"]
    assert {one["rate"] for one in found["trained"].values()} == {0.1}
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


def results(place: float, one: float, other: float) -> dict[str, Any]:
    spread = np.linspace(0.9, 1.1, 8)
    passes = {"lecun_tanh": one, "tanh": other, "logistic": 10}
    bend = {"at_one": 1.0, "at_minus_one": -1.0, "place": place, "place_on_grid": place, "share_at_one": 1.0}
    trained = {name: {"rate": 0.1, "passes": (value * spread).tolist()} for name, value in passes.items()}
    return {"special": bend, "trained": trained}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (results(1, 5, 5), CONFIRMED),
        (results(0.98, 5, 5), LIMITED),
        (results(1, 5, 10), LIMITED),
        (results(0.9, 5, 5), NOT_CONFIRMED),
        (results(1, 9.5, 20), NOT_CONFIRMED),
    ],
)
def test_the_rule_comes_out_each_way(found: dict[str, Any], outcome: str) -> None:
    assert CLAIM.judge(RULE, found).outcome == outcome
