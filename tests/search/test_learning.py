"""TPE and CMA-ES: batches that depend on the seed and on what was tried, and on nothing else."""

import importlib.util
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from pipeline.configuration.sweeper import Sweeper
from pipeline.errors import HoldoutError
from pipeline.search.asking import Proposal, Search, Told
from pipeline.search.drawn import Drawn, at_random
from pipeline.search.evolution import Evolution, ranks
from pipeline.search.named import SEARCHES
from pipeline.search.parzen import Parzen
from pipeline.search.space import SearchSpace
from tests.search.made import batches, score, space, told, words

pytest.importorskip("optuna")
pytest.importorskip("cmaes")
Make = Callable[[SearchSpace, int, int], Search]
PLAIN = {"optimizer.learning_rate": "tag(log,interval(0.0001,1))", "regularizer.l2": "interval(0,0.1)"}
SMALL = {"seed": "range(1,4)", "optimizer": "adam,descent"}


def tpe(space: SearchSpace, trials: int, seed: int = 1) -> Search:
    return Parzen(space, trials, 4, seed, 6)


def cmaes(space: SearchSpace, trials: int, seed: int = 1) -> Search:
    return Evolution(space, trials, 6, seed)


BOTH = pytest.mark.parametrize("make", [tpe, cmaes])


@BOTH
def test_the_seed_decides(make: Make) -> None:
    found = words(batches(make(space(), 22, 1)))
    assert len(found) == len(set(found)) == 22
    assert words(batches(make(space(), 22, 1))) == found
    assert words(batches(make(space(), 22, 2))) != found


@BOTH
def test_scores_decide(make: Make) -> None:
    found = words(batches(make(space(), 22, 1)))
    other = words(batches(make(space(), 22, 1), {one: 1 - score_of(one) for one in found}))
    first = 6  # the startup, or the first generation
    assert other[:first] == found[:first] and other != found


def score_of(words: str) -> float:
    return len(words) / 100


@BOTH
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), stop=st.integers(0, 20))
def test_a_search_that_is_asked_anew_goes_on_as_if_it_had_never_ended(make: Make, seed: int, stop: int) -> None:
    """Whatever was tried until it was killed, and however the workers came back: all of it is told again."""
    whole = batches(make(space(), 20, seed))
    tried: list[Told] = []
    found: list[list[Proposal]] = []
    order = random.Random(seed)
    while batch := list(make(space(), 20, seed).ask(tried)):  # a new process for each batch
        found.append(batch)
        ended = [told(one, score(one)) for one in order.sample(batch, len(batch))]
        tried += sorted(ended, key=lambda one: batch.index(one.proposal))  # as Batches has them: in the order of asking
        if len(tried) >= stop:
            break
    assert found == whole[: len(found)]


@BOTH
def test_a_longer_search_begins_as_the_shorter_one(make: Make) -> None:
    found = words(batches(make(space(), 16, 1)))
    assert words(batches(make(space(), 30, 1)))[:16] == found


@BOTH
def test_a_small_space_is_tried_whole_and_ends_the_search(make: Make) -> None:
    found = words(batches(make(space(SMALL), 40, 1)))
    assert len(found) == len(set(found)) == 6


@BOTH
def test_what_hangs_on_a_choice_is_there_with_it_alone(make: Make) -> None:
    for one in (one for batch in batches(make(space(), 30, 3)) for one in batch):
        values = dict(word.split("=") for word in one.words)
        assert ("optimizer.momentum" in values) == (values["optimizer"] == "momentum")
        low, high = (0.0001, 0.01) if values["optimizer"] == "adam" else (0.001, 0.3)
        assert low <= float(values["optimizer.learning_rate"]) <= high
        assert 1e-5 <= float(values["regularizer.l2"]) <= 0.1


@BOTH
@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_a_search_goes_on_where_nothing_has_a_score(make: Make, status: str) -> None:
    search, tried = make(space(PLAIN), 16, 1), []
    while batch := search.ask(tried):
        tried += [told(one, None, status) for one in batch]
    assert len(tried) == 16


@pytest.mark.parametrize("make", [tpe, cmaes])
def test_it_comes_nearer_than_chance(make: Make) -> None:
    """A bowl whose lowest place is a rate of 0.01 and a penalty of 0.03; medians over seeds."""

    def bowl(one: Proposal) -> float:
        rate, penalty = (float(text) for text in one.point.values())
        return math.log10(rate / 0.01) ** 2 + (10 * penalty - 0.3) ** 2

    def best(search: Search) -> float:
        tried: list[Told] = []
        while batch := search.ask(tried):
            tried += [told(one, bowl(one)) for one in batch]
        return min(one.score for one in tried if one.score is not None)

    def median(make: Callable[[int], Search]) -> float:
        return sorted(best(make(seed)) for seed in range(5))[2]

    chance = median(lambda seed: Drawn(space(PLAIN), 60, seed, at_random))
    assert 2 * median(lambda seed: make(space(PLAIN), 60, seed)) < chance


def test_divergence_is_avoided_and_failure_is_not_held_against_a_setting() -> None:
    """TPE: where high rates diverged, few more are asked for; where they failed, as many as ever."""

    def high(status: str) -> int:
        search, tried = tpe(space(PLAIN), 46), []
        while batch := search.ask(tried):
            tried += [told(one, *fate(one, status)) for one in batch]
        return sum(rate(one.proposal) > 0.1 for one in tried[6:])

    def fate(one: Proposal, status: str) -> tuple[float | None, str]:
        return (None, status) if rate(one) > 0.1 else (1.0, "finished")

    assert high("diverged") < high("failed")


def rate(one: Proposal) -> float:
    return float(one.point["optimizer.learning_rate"])


def test_ranks_put_what_has_no_score_last() -> None:
    assert ranks([0.2, None, 0.1, 0.2]) == [1, 3, 0, 2]


def test_optuna_says_nothing(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    batches(tpe(space(), 20))
    assert capfd.readouterr() == ("", "") and not list(recwarn)


@pytest.mark.parametrize(("name", "package"), [("tpe", "optuna"), ("cmaes", "cmaes")])
def test_a_missing_extra_is_named(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda asked: None)
    message = rf"^hydra/sweeper={name} needs {package}, which is not installed: pip install 'holdout\[search\]'$"
    with pytest.raises(HoldoutError, match=message):
        SEARCHES[name](space(PLAIN), OmegaConf.structured(Sweeper))
