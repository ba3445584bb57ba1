"""Dates as cycles."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.schema import DATE, Schema

WHEN = Schema("regression", ("when",), (), kinds=(DATE,), levels=((),))


def seconds(*moments: datetime) -> np.ndarray:
    return np.array([[moment.timestamp()] for moment in moments])


def cycles(training: np.ndarray, moment: datetime) -> dict[str, float]:
    inputs = fit_inputs(Preprocessing("robust"), training, WHEN)
    found = inputs.apply(seconds(moment), np.dtype(np.float64))[0]
    return {name.removeprefix("when "): float(value) for name, value in zip(inputs.names(WHEN), found, strict=True)}


DAILY = seconds(*(datetime(2019, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(900)))
HOURLY = seconds(*(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(400)))


def test_days_and_hours_are_told_by_their_place_in_the_cycle() -> None:
    monday_noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    found = cycles(HOURLY, monday_noon)
    assert (found["day sin"], found["day cos"]) == pytest.approx((0, -1), abs=1e-9)
    angle = 2 * np.pi * 0.5 / 7  # half a day after the week began on Monday
    assert (found["week sin"], found["week cos"]) == pytest.approx((np.sin(angle), np.cos(angle)), abs=1e-9)


@pytest.mark.parametrize("year", [1955, 1999, 2026, 2049])
def test_a_year_goes_round_once_from_january_to_january(year: int) -> None:
    one, other = (cycles(DAILY, datetime(year, month, 1, tzinfo=UTC)) for month in (1, 7))
    assert one["year cos"] - one["year sin"] == pytest.approx(other["year sin"] - other["year cos"], abs=0.1)
    again = cycles(DAILY, datetime(year + 1, 1, 1, tzinfo=UTC))
    assert again["year sin"] == pytest.approx(one["year sin"], abs=0.03)


def test_only_what_differs_among_the_training_rows_is_an_input() -> None:
    noon = datetime(2026, 1, 1, tzinfo=UTC)
    assert not [name for name in cycles(DAILY, noon) if "day" in name]
    birthdays = seconds(*(datetime(1950 + year, 6, 1, tzinfo=UTC) for year in range(60)))
    assert not [name for name in cycles(birthdays, noon) if name.startswith(("year", "day"))]
    assert list(cycles(seconds(noon, noon), noon)) == ["when"]
