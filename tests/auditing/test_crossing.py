"""Parts are held against each other by what was dealt independently: rows, or the groups they stay in."""

import numpy as np

from pipeline.auditing.crossing import crossing
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema

SCHEMA = Schema(CLASSIFICATION, ("a", "b"), ("no", "yes"))
SURELY = 5.0


def person_by_person(rng: np.random.Generator, persons: int, first: int = 0, shift: float = 0.0) -> Rows:
    """Twenty rows of each person, who differ from each other as much as a person's rows do."""
    person = np.repeat(np.arange(first, first + persons), 20)
    X = shift + rng.normal(size=(persons, 2))[person - first] + rng.normal(size=(len(person), 2))
    return Rows(X, rng.integers(2, size=len(person)), groups=person)


def test_few_groups_that_differ_by_chance_are_no_shift(rng: np.random.Generator) -> None:
    found = [crossing(person_by_person(rng, 3, 14), person_by_person(rng, 14), SCHEMA) for _ in range(20)]
    assert max(one["auc"] for one in found) > 0.7
    assert max(one["z"] for one in found) < SURELY


def test_many_groups_that_differ_are_a_shift(rng: np.random.Generator) -> None:
    found = crossing(person_by_person(rng, 60, 300, shift=2.0), person_by_person(rng, 300), SCHEMA)
    assert found["z"] > SURELY


def test_rows_without_groups_count_each(rng: np.random.Generator) -> None:
    asked, among = person_by_person(rng, 3, shift=3.0), person_by_person(rng, 14)
    assert crossing(Rows(asked.X, asked.y), Rows(among.X, among.y), SCHEMA)["z"] > SURELY
