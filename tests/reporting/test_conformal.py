"""Prediction sets and intervals: how often they hold, by simulation, and what is said of them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.reporting import conformal
from pipeline.reporting.conformal import Widths
from pipeline.reporting.sections import answered
from tests.reporting import published


@pytest.mark.parametrize("n", [9, 10, 30, 200])
def test_nine_new_scores_in_ten_are_no_larger(n: int, rng: np.random.Generator) -> None:
    held = [rng.lognormal() <= (conformal.quantile(rng.lognormal(size=n)) or 0) for _ in range(4000)]
    assert np.mean(held) >= conformal.LEVEL - 0.015  # three standard deviations of the simulation


def test_too_few_rows_have_none() -> None:
    assert conformal.quantile(np.arange(8.0)) is None
    assert conformal.quantile(np.arange(9.0)) == 8


@pytest.mark.parametrize(
    ("task", "kind"), [("classification", "least"), ("regression", "half"), ("targets", None), ("multilabel", None)]
)
def test_classes_have_sets_and_one_number_an_interval(task: str, kind: str | None) -> None:
    card = Card(**{**vars(published.schema_of(task)), "source": "toy", "rows": 60, "hashes": {}})
    rows, model = published.parts_of(task)["validation"], published.scoring(3, 0.125, task=task)
    found = conformal.widths(model, rows, card)
    assert (found is None) == (kind is None)
    if kind:
        assert getattr(found, kind) is not None
        assert conformal.widths(model, replace(rows, groups=np.zeros(len(rows), int)), card) is None


@pytest.mark.parametrize(
    ("found", "unseen", "words"),
    [
        (Widths(40, half=1.5), True, "within ± 1.5 of"),
        (Widths(40, least=0.2, sizes=(0, 40)), True, "of each validation row that is one class"),
        (Widths(40, least=0.2, sizes=(0, 30, 10)), True, "of 40 validation rows one class for 30, several for 10."),
        (
            Widths(40, least=0.6, sizes=(3, 37)),
            True,
            "of 40 validation rows one class for 37, none for 3.",
        ),
        (Widths(40, half=1.5), False, None),
        (None, True, None),
    ],
)
def test_what_is_said_of_them(found: Widths | None, unseen: bool, words: str | None) -> None:
    findings: Any = SimpleNamespace(widths=found, held_out=unseen)
    said = answered.facts(findings)
    assert (said is None) == (words is None)
    assert words is None or (said and words in said["sentence"])
