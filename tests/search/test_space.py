"""Spaces of settings: their bounds are kept, and what hangs on a choice is there with this choice alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import HoldoutError
from tests.search.made import space

SPACE = space()
UNITS = st.lists(st.floats(0, 1, exclude_max=True), min_size=8, max_size=8)


@settings(deadline=None)
@given(UNITS)
def test_every_value_is_within_its_bounds_and_written_short(units: list[float]) -> None:
    found = dict(word.split("=") for word in SPACE.words(SPACE.at(units)))
    assert found["network.hidden"] in ("[4]", "[8]", "[4,4]")
    assert found["seed"] == "7"
    assert 1e-5 <= float(found["regularizer.l2"]) <= 0.1
    assert found["optimizer.batch_size"] == str(int(found["optimizer.batch_size"]))
    assert 4 <= int(found["optimizer.batch_size"]) <= 64
    assert found["stopping.epochs"] in ("2", "5", "8")
    low, high = (0.0001, 0.01) if found["optimizer"] == "adam" else (0.001, 0.3)
    assert low <= float(found["optimizer.learning_rate"]) <= high
    assert len(found["optimizer.learning_rate"].replace("0.", "").lstrip("0")) <= 7  # 4 digits, or as 1.234e-05


@settings(deadline=None)
@given(UNITS)
def test_what_hangs_on_a_choice_is_there_with_it_alone(units: list[float]) -> None:
    found = dict(word.split("=") for word in SPACE.words(SPACE.at(units)))
    assert ("optimizer.momentum" in found) == (found["optimizer"] == "momentum")
    assert "optimizer.learning_rate" in found


@settings(deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1), st.booleans())
def test_an_interval_keeps_its_ends_however_many_digits_they_have(
    one: float, other: float, unit: float, log: bool
) -> None:
    low, high = sorted((one, other + 1e-9))
    if low == high:
        return
    words = f"interval({low!r},{high!r})"
    (dimension,) = space({"optimizer.learning_rate": f"tag(log,{words})" if log else words}).varied
    assert low <= float(dimension.values.at(unit)) <= high


@pytest.mark.parametrize("log", [False, True])
def test_both_ends_of_whole_numbers_come(log: bool) -> None:
    words = "int(interval(1,3))"
    (dimension,) = space({"network.hidden.0": f"tag(log,{words})" if log else words}).varied
    assert {dimension.values.at(unit / 100) for unit in range(100)} == {"1", "2", "3"}


def test_a_condition_may_hang_on_what_has_one() -> None:
    found = space(
        {"optimizer": "adam,momentum"},
        {
            "optimizer=momentum": {"schedule": "constant,step"},
            "schedule=step": {"schedule.factor": "interval(0.1,0.9)"},
        },
    )
    assert found.words(found.at([0.0, 0.9, 0.5])) == ("optimizer=adam",)
    assert found.words(found.at([0.9, 0.9, 0.5])) == ("optimizer=momentum", "schedule=step", "schedule.factor=0.5")


@pytest.mark.parametrize(
    ("params", "when", "message"),
    [
        ({"seed": "1"}, {}, "hydra.sweeper.params names nothing to search"),
        ({"seed": "interval(2,1)"}, {}, "seed=interval(2,1): an interval goes from a number to a greater one"),
        ({"seed": "tag(log,interval(0,1))"}, {}, "with log, an interval begins above 0"),
        ({"seed": "interval(0,inf)"}, {}, "an interval goes from a number to a greater one"),
        ({"seed": "tag(logg,interval(1,2))"}, {}, "the tag logg is unknown, allowed: log"),
        ({"seed": "tag(log,range(1,9))"}, {}, "for whole numbers tag(log,int(interval(8,256)))"),
        ({"seed": "range(0,100000)"}, {}, "from 1 to 10,000 values are allowed"),
        ({"seed": "shuffle(1,2)"}, {}, "leave shuffle out"),
        (
            {"seed": "1,2"},
            {"optimizer=adam": {"l2": "1,2"}},
            "optimizer=adam: optimizer is not varied above, allowed: seed",
        ),
        (
            {"optimizer": "adam,descent"},
            {"optimizer=adm": {"seed": "1,2"}},
            "optimizer is never adm, allowed: adam, desc",
        ),
        ({"seed": "interval(1,2)"}, {"seed=1": {"l2": "1,2"}}, "seed is an interval, and it must be a choice"),
        (
            {"optimizer": "adam,descent", "seed": "1,2"},
            {"optimizer=adam": {"seed": "3,4"}},
            "hydra.sweeper.when: seed is in params and under optimizer=adam: name it in one",
        ),
        (
            {"optimizer": "adam,descent"},
            {"optimizer=adam": {"seed": "3,4"}, "optimizer=descent,adam": {"seed": "5,6"}},
            "seed is under optimizer=adam and under optimizer=descent,adam",
        ),
    ],
)
def test_a_space_that_can_not_be_says_so(params: dict[str, str], when: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(HoldoutError, match=re.escape(message)):
        space(params, when)
