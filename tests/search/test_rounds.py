"""Halving, Hyperband's brackets and ASHA in batches: who goes on, who is given up, and that nothing else decides it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.search.asking import Dropped, EarlyStopping, Proposal, Told
from pipeline.search.rounds import asha, halving, rungs, shares

LADDER = rungs(2, 3, 18)  # 2, 6, and the end
World = Callable[[Proposal], Told]


def candidates(count: int) -> list[Proposal]:
    return [Proposal((f"seed={number}",), {"seed": str(number)}) for number in range(count)]


def told(one: Proposal, score: float | None, *, waits: bool | None = None, key: str = "") -> Told:
    waiting = one.until is not None if waits is None else waits
    return Told(one, key or one.words[0], "paused" if waiting else "finished", score, waiting)


def by_number(one: Proposal) -> Told:
    """The first candidate is the best, at every rung."""
    return told(one, float(one.point["seed"]))


def run(search: EarlyStopping, world: World = by_number) -> tuple[list[list[Proposal]], list[Dropped]]:
    """All batches of a search, and what it has given up in the end; what was given up once stays so."""
    tried: list[Told] = []
    batches, dropped = [], []
    while batch := list(search.ask(tried)):
        assert not {one.key for one in dropped} & {world(one).key for one in batch}
        batches.append(batch)
        tried += map(world, batch)
        before, dropped = dropped, list(search.dropped(tried))
        assert [one for one in dropped if one in before] == before
    return batches, dropped


def counts(batches: Sequence[Sequence[Proposal]]) -> list[dict[int | None, int]]:
    return [
        {rung: [one.until for one in batch].count(rung) for rung in dict.fromkeys(one.until for one in batch)}
        for batch in batches
    ]


def test_rungs_rise_by_the_factor_below_the_end() -> None:
    assert LADDER == (2, 6, None)
    assert rungs(1, 2, 16) == (1, 2, 4, 8, None)
    assert rungs(5, 3, 5) == (None,)


def test_a_third_goes_on_from_each_rung_and_the_others_are_given_up() -> None:
    search = halving(candidates(9), LADDER, 3, 1)
    batches, dropped = run(search)
    assert counts(batches) == [{2: 9}, {6: 3}, {None: 1}]
    assert [one.words for one in batches[1]] == [("seed=0",), ("seed=1",), ("seed=2",)]
    assert (search.trials, search.trainings) == (9, 13)
    assert [(one.key, one.epochs) for one in dropped] == [
        *((f"seed={number}", 2) for number in range(3, 9)), ("seed=1", 6), ("seed=2", 6),
    ]  # fmt: skip
    assert dropped[0].reason == "4th of 9 at 2 epochs, 3 go on"


def test_one_is_always_trained_to_its_end() -> None:
    for search in (halving(candidates(2), LADDER, 3, 1), asha(candidates(2), LADDER, 3, 4)):
        batches, dropped = run(search)
        assert counts(batches) == [{2: 2}, {6: 1}, {None: 1}]
        assert [one.key for one in dropped] == ["seed=1"]


def test_equal_scores_are_told_apart_by_their_keys() -> None:
    batches, _ = run(
        halving(candidates(9), LADDER, 3, 1), lambda one: told(one, 0.5, key=f"k{9 - int(one.point['seed'])}")
    )
    assert [one.words[0] for one in batches[1]] == ["seed=8", "seed=7", "seed=6"]


@pytest.mark.parametrize("score", [None, float("nan")])
def test_what_has_no_score_never_goes_on(score: float | None) -> None:
    def world(one: Proposal) -> Told:
        return told(one, score if int(one.point["seed"]) < 8 else 1.0, waits=False if score is None else None)

    batches, dropped = run(halving(candidates(9), LADDER, 3, 1), world)
    assert [[one.words[0] for one in batch] for batch in batches[1:]] == [["seed=8"], ["seed=8"]]
    assert len(dropped) == (0 if score is None else 8)
    for search in (halving(candidates(9), LADDER, 3, 1), asha(candidates(9), LADDER, 3, 4)):
        batches, _ = run(search, lambda one: told(one, None, waits=False))
        assert all(one.until == 2 for batch in batches for one in batch)


def test_a_trial_that_has_ended_competes_and_is_given_up_by_nobody() -> None:
    """Its own rules ended it before the rung: it takes a place, and what beats it goes on."""

    def world(one: Proposal) -> Told:
        number = int(one.point["seed"])
        return told(one, float(number), waits=False if number in (1, 5) else None)

    batches, dropped = run(halving(candidates(9), LADDER, 3, 1), world)
    assert counts(batches) == [{2: 9}, {6: 3}, {None: 1}]
    assert {"seed=1", "seed=5"}.isdisjoint(one.key for one in dropped)


def test_brackets_share_the_trials_and_begin_a_rung_later_each() -> None:
    search = halving(candidates(27), LADDER, 3, 3)
    assert shares(27, [2, 1, 0], 3) == [15, 7, 5]
    batches, _ = run(search)
    assert counts(batches) == [{2: 15, 6: 7, None: 5}, {6: 5, None: 2}, {None: 1}]
    assert sum(len(batch) for batch in batches) == search.trainings
    assert len(halving(candidates(9), LADDER, 3, 100).brackets) == 3


def test_a_trial_that_two_brackets_have_is_of_the_first() -> None:
    batches, dropped = run(halving(candidates(27), LADDER, 3, 3), lambda one: told(one, 1.0, key="same"))
    assert counts(batches)[1:] == [{6: 1}, {None: 1}]
    assert not dropped


def test_asha_asks_for_as_many_as_a_batch_has_and_those_that_go_on_come_first() -> None:
    search = asha(candidates(9), LADDER, 3, 4)
    batches, dropped = run(search)
    assert counts(batches) == [{2: 4}, {6: 1, 2: 3}, {6: 1, 2: 2}, {6: 1}, {None: 1}]
    assert search.trainings == sum(map(len, batches)) and len(dropped) == 8
    assert max(map(len, batches)) <= 4


def test_asha_takes_back_nothing_that_went_on_too_early() -> None:
    """The worst come first: each batch has a best one that goes on, and later ones are better."""
    batches, dropped = run(asha(candidates(9), LADDER, 3, 3), lambda one: told(one, 9.0 - float(one.point["seed"])))
    gone_on = {one.words for batch in batches for one in batch if one.until == 6}
    assert len(gone_on) > 3 and ("seed=2",) in gone_on
    assert all("at 2 epochs" in one.reason or "at 6 epochs" in one.reason for one in dropped)


scores = st.lists(st.one_of(st.none(), st.integers(0, 3).map(float), st.floats(0, 1)), min_size=1, max_size=30)


@settings(deadline=None)
@given(
    scores=st.lists(scores, min_size=1, max_size=3),
    factor=st.integers(2, 4),
    shape=st.one_of(st.integers(1, 3).map(lambda n: ("halving", n)), st.integers(1, 9).map(lambda n: ("asha", n))),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_order_in_which_trials_came_back_decides_nothing(
    scores: list[list[float | None]], factor: int, shape: tuple[str, int], shuffled: random.Random
) -> None:
    """Asked for by the same trials in any order, a search asks for the same, and gives up the same."""
    ladder = rungs(2, factor, 40)
    kind, number = shape
    made = {"halving": halving, "asha": asha}[kind](candidates(len(scores[0])), ladder, factor, number)

    def world(one: Proposal) -> Told:
        some = scores[ladder.index(one.until) % len(scores)]
        score = some[int(one.point["seed"]) % len(some)]
        return told(one, score, waits=False if score is None else None)

    tried: list[Told] = []
    steps = 0
    while batch := list(made.ask(tried)):
        mixed = shuffled.sample(tried, len(tried))
        assert list(made.ask(mixed)) == batch
        assert sorted(made.dropped(mixed), key=lambda one: one.key) == sorted(
            made.dropped(tried), key=lambda one: one.key
        )
        assert len({(one.words, one.until) for one in batch}) == len(batch)
        tried += shuffled.sample([world(one) for one in batch], len(batch))
        steps += 1
        assert steps < 200
    assert len(tried) == len({(one.proposal.words, one.proposal.until) for one in tried})
    waiting = {one.key for one in tried if one.waits} - {one.key for one in tried if one.proposal.until is None}
    ended = {one.key for one in tried if not one.waits}
    assert {one.key for one in made.dropped(tried)} == waiting - ended


def test_a_bracket_knows_its_trials_whatever_else_was_tried() -> None:
    (bracket,) = halving(candidates(3), LADDER, 3, 1).brackets
    assert bracket.at([by_number(replace(one, until=6)) for one in candidates(3)], 0) == []
