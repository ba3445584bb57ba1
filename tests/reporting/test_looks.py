"""Every sentence is made true and false."""

from dataclasses import replace

import pytest

from pipeline.reporting.sections.looks import ASIDE, FINE, MIND, WRONG, sentences
from pipeline.sealing.standing import Standing

FIRST = Standing(("2026-01-02T03:04:05+00:00",), models=1, rows=714, seen=0, others=0, looks=1)
CASES = [
    ("First look: no other model", FINE, FIRST, replace(FIRST, looks=2, models=2)),
    ("scored on these rows 3 times, first on 2026-01-02", FINE, replace(FIRST, openings=FIRST.openings * 3), FIRST),
    ("No opening of these test rows is recorded here", MIND, replace(FIRST, openings=()), FIRST),
    ("2 different models have been scored on exactly these", MIND, replace(FIRST, models=2, looks=2), FIRST),
    ("100 of the 714 test rows stood in other", MIND, replace(FIRST, seen=100, others=1, looks=2), FIRST),
    ("and scored 1 model there", MIND, replace(FIRST, seen=100, others=1, looks=2), FIRST),
    ("About 9 of the 714", MIND, replace(FIRST, seen=9, others=4, sampled=True), replace(FIRST, seen=9, others=4)),
    ("These are 6 looks: intervals of 99.17 %", MIND, replace(FIRST, looks=6), FIRST),
    ("2 other test sets can't be compared", MIND, replace(FIRST, unknown=2), FIRST),
    ("The reference was cut.", WRONG, replace(FIRST, faults=("the reference was cut",)), FIRST),
    ("The file lacks 1 opening.", ASIDE, replace(FIRST, notes=("the file lacks 1 opening",)), FIRST),
]


@pytest.mark.parametrize(("words", "weight", "true", "false"), CASES, ids=[case[0][:20] for case in CASES])
def test_a_sentence_is_said_where_it_is_true(words: str, weight: str, true: Standing, false: Standing) -> None:
    assert [sentence.weight for sentence in sentences(true) if words in sentence.text] == [weight]
    assert not [sentence for sentence in sentences(false) if words in sentence.text]


def test_where_all_is_well_one_friendly_sentence_says_so() -> None:
    assert [sentence.text for sentence in sentences(FIRST)] == [
        "First look: no other model was ever scored on any of these rows."
    ]
