"""Scores and counts of one label stand in one line, in whatever order a file has them."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from pipeline.reporting.sections import singly


def test_each_label_has_its_own_scores_and_counts() -> None:
    scores = {"coffee": {"error": 0.25}, "tea": {"error": 0.5}}
    counts = np.array([[[1, 2], [0, 1]], [[2, 1], [0, 1]]])  # tea's, then coffee's: wrong are 2 of 4, and 1 of 4
    card = SimpleNamespace(classes=("tea", "coffee"), targets=("tea", "coffee"))
    findings: Any = SimpleNamespace(metrics={"labels": scores}, confusion=counts, classification=False, card=card)
    facts = singly.facts(findings)
    assert facts is not None
    assert facts["lines"] == [["tea", "50.00 %", "1", "2", "0", "1"], ["coffee", "25.00 %", "1", "1", "0", "2"]]


def test_targets_stand_in_the_order_of_params() -> None:
    card = SimpleNamespace(classes=(), targets=("width", "mass"))
    scores = {"mass": {"mse": 2.0}, "width": {"mse": 0.5}}
    findings: Any = SimpleNamespace(metrics={"targets": scores}, confusion=None, classification=False, card=card)
    facts = singly.facts(findings)
    assert facts is not None
    assert facts["lines"] == [["width", "0.5"], ["mass", "2"]]
