from typing import Any

import numpy as np
import pytest

from pipeline.feed.schema import Schema
from pipeline.sealing.fingerprints import Fingerprint, take
from pipeline.sealing.standing import Standing, judge

SCHEMA = Schema("classification", ("x", "y"), ("a", "b"))
ROWS = np.random.default_rng(1).normal(size=(100, 2))
PRINTS = {"t1": take(ROWS[:20], SCHEMA), "t2": take(ROWS[15:35], SCHEMA), "t3": take(ROWS[50:], SCHEMA)}


def line(model: str, test: str = "t1", **more: Any) -> dict[str, Any]:
    facts = {"model_sha256": model, "recipe": f"of {model}", "test_sha256": test, "n": 20, "score": 0.25, "code": "c"}
    return {**facts, "time": "2026-01-02T03:04:05+00:00", **more}


def bare(model: str, score: float = 0.25, test: str = "t1") -> dict[str, Any]:
    """A line of before recipes."""
    return {"model_sha256": model, "test_sha256": test, "n": 20, "score": score}


def of(*entries: dict[str, Any], model: str = "m1", prints: dict[str, Fingerprint] = PRINTS) -> Standing:
    return judge({"model_sha256": model, "recipe": f"of {model}"}, "t1", 20, entries, prints)


def test_other_data_are_no_test_sets_that_could_not_be_compared() -> None:
    mine = line("m1", columns=["a", "b"], source="iris")
    digits = {"columns": ["c", "d"], "source": "digits"}
    assert of(mine, line("m2", "t9", **digits)).unknown == 0
    assert of(mine, bare("m3", test="t9"), line("m2", "t9", **digits)).unknown == 0  # an older line of that test set
    assert of(mine, line("m2", "t9", **(digits | {"source": "iris"}))).unknown == 1  # all columns renamed
    assert of(mine, line("m2", "t9", **(digits | {"columns": ["c", "b"]}))).unknown == 1
    assert of(mine, bare("m2", test="t9")).unknown == 1


def test_nothing_is_recorded() -> None:
    found = of()
    assert (found.recorded, found.first, found.looks) == (False, False, 1)
    assert (of(line("m2")).recorded, of(line("m2")).models, of(line("m2")).looks) == (False, 2, 2)


def test_the_first_look_at_rows_stays_one_when_the_model_is_scored_again() -> None:
    assert of(line("m1")).first
    again = of(line("m1"), line("m1"), line("m1", code="newer"))
    assert (again.first, len(again.openings), again.models, again.confidence) == (True, 3, 1, 0.95)


def test_the_same_network_from_another_processor_is_no_other_model() -> None:
    other = line("m2", recipe="of m1")
    assert (of(line("m1"), other).models, of(line("m1"), other).looks) == (1, 1)
    assert (of(other).recorded, of(other).first) == (True, True)
    assert of(line("m1"), line("m2")).models == 2


def test_equal_weights_are_one_model_whatever_they_come_from() -> None:
    assert of(line("m1"), line("m1", recipe="older code")).models == 1


def test_other_evaluation_code_is_a_look_only_where_it_says_something_else() -> None:
    assert of(line("m1"), line("m1", code="newer", score=0.25 + 1e-12)).looks == 1
    changed = of(line("m1"), line("m1", code="newer", score=0.1))
    assert (changed.models, changed.looks, changed.first) == (1, 2, False)


def test_lines_of_before_recipes_are_one_network_where_their_scores_are_equal() -> None:
    assert of(bare("m2"), bare("m3"), line("m1")).models == 1
    assert of(bare("m2"), bare("m3", 0.3), line("m1")).models == 2
    assert of(bare("m2"), line("m1"), line("m4")).models == 2


def test_different_models_on_these_rows_are_looks() -> None:
    found = of(line("m1"), line("m2"), line("m3"), line("m3"))
    assert (found.models, found.looks, found.seen) == (3, 3, 0)
    assert found.confidence == pytest.approx(1 - 0.05 / 3)


def test_rows_that_stood_in_other_test_sets_are_counted_and_looks_at_them_too() -> None:
    found = of(line("m1"), line("m2", "t2"), line("m3", "t2"), line("m4", "t3"))
    assert (found.seen, found.others, found.looks, found.models, found.first) == (5, 2, 3, 1, False)
    apart = of(line("m1"), line("m4", "t3"))
    assert (apart.seen, apart.others, apart.looks, apart.first) == (0, 0, 1, True)


def test_rows_seen_in_several_test_sets_count_once() -> None:
    prints = {**PRINTS, "t4": take(ROWS[17:50], SCHEMA)}
    assert of(line("m1"), line("m2", "t2"), line("m3", "t4"), prints=prints).seen == 5


def test_what_left_no_fingerprint_is_not_counted_but_said() -> None:
    found = of(line("m1"), line("m2", "t9"), line("m3", "t9"))
    assert (found.looks, found.unknown) == (1, 1)
    assert of(line("m1"), line("m2", "t2"), prints={}).unknown == 1


def test_of_a_sample_the_seen_rows_are_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sealing.fingerprints.MOST", 400)
    rows = np.random.default_rng(2).normal(size=(3000, 2))
    prints = {"t1": take(rows[:2000], SCHEMA), "t2": take(rows[1000:], SCHEMA)}
    entries = [line("m1"), line("m2", "t2")]
    found = judge({"model_sha256": "m1", "recipe": "of m1"}, "t1", 2000, entries, prints)
    assert found.sampled
    assert 850 < found.seen < 1150
