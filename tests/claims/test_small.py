"""Each claim of overfitting and regularization, small: it can be measured, judged and drawn, the same each time."""

import json
from typing import Any

import pytest

from pipeline.claims import (
    best_of_many,
    early_stopping,
    expanded_data,
    folds_compared,
    friction,
    lost_units,
    shrinking,
    sparse_weights,
)
from pipeline.claims.claim import OUTCOMES, Claim
from pipeline.storage import documents
from tests.claims.small import small

FEW: dict[str, Any] = {"seeds": [1, 2], "rows": 60, "epochs": 3}
SMALL: list[tuple[Claim, dict[str, Any]]] = [
    (early_stopping.CLAIM, {**FEW, "stopping_rows": 50, "fresh_rows": 50, "patience": 1}),
    (
        best_of_many.CLAIM,
        {"training_sets": 2, "rows": 70, "deals": 3, "candidates": 4, "best_of": [1, 4], "looks": [1, 2]},
    ),
    (
        folds_compared.CLAIM,
        {"data_sets": 2, "rows": 6, "fresh_rows": 50, "folds": [2, 3, 6], "epochs": 2},
    ),
    (shrinking.CLAIM, {**FEW, "held_out_rows": 50, "l2": [0.0, 0.001]}),
    (sparse_weights.CLAIM, {**FEW, "held_out_rows": 50}),
    (lost_units.CLAIM, {**FEW, "held_out_rows": 50, "dropout": [0.0, 0.5], "removed": [0.0, 0.5], "draws": 2}),
    (expanded_data.CLAIM, {**FEW, "held_out_rows": 50}),
    (
        friction.CLAIM,
        {**FEW, "valley_steps": 30, "friction_steps": 5, "momenta": [0.0, 0.9], "rates": [0.01, 0.1]},
    ),
]


@pytest.mark.parametrize(("claim", "values"), SMALL, ids=[claim.name for claim, _ in SMALL])
def test_it_is_measured_judged_and_drawn_the_same_each_time(claim: Claim, values: dict[str, Any]) -> None:
    settings = small(claim, **values)
    found, again = (json.loads(documents.as_json(claim.measure(settings))) for _ in range(2))
    assert found == again
    assert claim.judge(settings, found).outcome in OUTCOMES
    figure = claim.draw(settings, found)
    assert figure == claim.draw(settings, found)
