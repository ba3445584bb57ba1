"""Every sentence about the test score is made true and false."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL, REGRESSION
from pipeline.reporting.evidence import Evidence, of_mean, of_share
from pipeline.reporting.statements import of_constant, of_interval, of_looks
from pipeline.sealing.standing import Standing

FIRST = Standing(("2026-01-02T03:04:05+00:00",), models=1, rows=714, seen=0, others=0, looks=1)
COUNTED = of_share(np.arange(714) < 43)
GROUPED = of_share(np.arange(100) < 10, groups=np.arange(100) // 20)
ONE = of_share(np.ones(1))
LOSSES = np.arange(1.0, 13.0)
MEANT, MANY = of_mean(LOSSES), of_mean(np.arange(100.0))

SENTENCES: list[tuple[str, Evidence, Evidence]] = [
    ("One row: no interval.", ONE, COUNTED),
    ("One row: no interval.", of_mean(LOSSES[:1]), MEANT),
    ("One group of rows: no interval.", of_mean(LOSSES, groups=np.zeros(12)), MEANT),
    ("All losses are equal", of_mean(np.ones(9)), MEANT),
    ("Clopper and Pearson's, of a count", COUNTED, GROUPED),
    ("rows drawn as these 714 rows were", COUNTED, GROUPED),
    ("Korn and Graubard's, of a share, by the spread between groups", GROUPED, COUNTED),
    ("rows drawn as these 5 groups were", GROUPED, COUNTED),
    ("Student's, and Hall's for skewed losses, by the spread between rows", MEANT, COUNTED),
    ("by the spread between groups", of_mean(LOSSES, groups=np.arange(12) // 2), MEANT),
    ("From 12 rows, such intervals held the true mean in 96 % of simulations", MEANT, MANY),
    ("in 92 % with skewed", MEANT, of_mean(np.arange(31.0))),
    ("such intervals held", MEANT, COUNTED),
]


@pytest.mark.parametrize(("words", "true", "false"), SENTENCES, ids=[case[0][:30] for case in SENTENCES])
def test_a_sentence_on_the_interval_is_said_where_it_is_true(words: str, true: Evidence, false: Evidence) -> None:
    assert words in " ".join(of_interval(true))
    assert words not in " ".join(of_interval(false))


def test_the_interval_of_all_looks_is_said_where_there_were_several() -> None:
    metrics = {"metric": "test/error", "evidence": COUNTED.facts()}
    said = "For all 6 looks at these rows together, the interval is 3.92 % to 8.76 %."
    assert of_looks(metrics, replace(FIRST, looks=6)) == [said]
    assert of_looks(metrics, FIRST) == []
    assert of_looks({**metrics, "evidence": ONE.facts()}, replace(FIRST, looks=6)) == []


def card(task: str) -> Card:
    classes = () if task == REGRESSION else ("no", "yes")
    return Card(task, ("x",), classes, source="toy", rows=3, hashes={}, targets=("t",))


def constant(
    always: float, known: Evidence = COUNTED, looks: int = 1, answer: tuple[str, ...] = ("no",), **of: Any
) -> str:
    task = of.get("task", CLASSIFICATION)
    name = "test/mse" if task == REGRESSION else "test/error"
    metrics = {"metric": name, "constant": always, "constant_answer": list(answer), "evidence": known.facts()}
    return of_constant(metrics, replace(FIRST, looks=looks), card(task))


# The interval of 43 of 714 is 4.39 to 8.03 %, for six looks together 3.92 to 8.76 %.
CONSTANTS = [
    ("the model is better.", constant(0.09), constant(0.08)),
    ("the model is worse.", constant(0.04), constant(0.05)),
    ("by these rows, the model may be no better.", constant(0.08), constant(0.09)),
    ("no more than the model: here, it is no better.", constant(43 / 714), constant(44 / 714)),
    ("by these rows, the model may be no better.", constant(0.085, looks=6), constant(0.085)),
    ("without an interval, that can't be told", constant(0.5, ONE), constant(0.5)),
    ("“no”, the training rows' most frequent class, would score 50.00 % here", constant(0.5), constant(0.4)),
    ("no label, as most", constant(0.5, answer=(), task=MULTILABEL), constant(0.5, task=MULTILABEL)),
    ("“no”, “yes”, as most", constant(0.5, answer=("no", "yes"), task=MULTILABEL), constant(0.5, task=MULTILABEL)),
    ("the training rows' mean, 3.5, would score 0.5 here", constant(0.5, MEANT, answer=("3.5",), task=REGRESSION), ""),
    ("rows' means, 3.5, 7,", constant(0.5, MEANT, answer=("3.5", "7"), task=REGRESSION), ""),
]


@pytest.mark.parametrize(("words", "true", "false"), CONSTANTS, ids=[case[0][:30] for case in CONSTANTS])
def test_a_sentence_on_the_constant_answer_is_said_where_it_is_true(words: str, true: str, false: str) -> None:
    assert words in true
    assert words not in false
