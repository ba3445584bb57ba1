"""Claim 2, small; and its rule each way."""

from typing import Any

import numpy as np
import pytest

from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED
from pipeline.claims.redundancy import CLAIM, part_of_a_pass

RULE = {"copies": 10, "claimed": 10.0, "about": 2.0, "level": 0.05}
SMALL = RULE | {
    "patterns": 20,
    "copies": 2,
    "hidden": [3],
    "online": [0.03],
    "batch": [0.3, 1.0],
    "target": 1.0,
    "parts": 4,
    "most": 20,
    "tuning": 9,
    "seeds": [1, 2],
}


def test_copies_change_no_step_of_batch_learning() -> None:
    found = CLAIM.measure(SMALL)
    once, twice = (found[f"batch, {copies} of each"]["passes"] for copies in (1, 2))
    assert once == pytest.approx(twice, rel=0.02)
    assert found["online, 2 of each"]["step"] == 0.25
    assert CLAIM.draw(SMALL, found) == CLAIM.draw(SMALL, found)


def test_the_parts_of_a_pass_are_all_rows_once() -> None:
    parts = [part_of_a_pass(10, 3, 1, number) for number in (1, 2, 3)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(10))
    assert not np.array_equal(parts[0], part_of_a_pass(10, 3, 1, 4))


def results(online: float, copied: float, batch: float) -> dict[str, Any]:
    spread = np.linspace(0.9, 1.1, 6)
    passes = {"online, 1": online, "online, 10": copied, "batch, 1": batch, "batch, 10": batch}
    return {name: {"rate": 0.1, "passes": (spread * value).tolist()} for name, value in passes.items()}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (results(10, 1, 50), CONFIRMED),
        (results(3, 1, 50), LIMITED),  # copies are worth less than half of what the notes say
        (results(10, 1, 3), LIMITED),  # and here online learning as a whole
        (results(10, 1, 0.9), NOT_CONFIRMED),
    ],
)
def test_the_rule_comes_out_each_way(found: dict[str, Any], outcome: str) -> None:
    assert CLAIM.judge(RULE, found).outcome == outcome
