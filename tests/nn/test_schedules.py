"""Learning rates over epochs and layers, against the formulas and values by hand."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nn.schedules import SCHEDULES, Schedule, layer_rates


def factors(schedule: Schedule, epochs: int, scores: list[float] | None = None) -> list[float]:
    rate = SCHEDULES[schedule.name](schedule)
    return [rate(epoch, (scores or [])[: epoch - 1]) for epoch in range(1, epochs + 1)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule("constant"), [1, 1, 1, 1]),
        (Schedule("step", factor=0.5, every=2), [1, 1, 0.5, 0.5, 0.25]),
        (Schedule("exponential", decay=0.5), [1, math.exp(-0.5), math.exp(-1)]),
        (Schedule("inverse_time", decay=0.5), [1, 1 / 1.5, 1 / 2, 1 / 2.5]),
        (Schedule("cosine", epochs=3, floor=0.2), [1, 0.6, 0.2, 0.2]),
        (Schedule("step", factor=0.1, every=1, floor=0.05), [1, 0.1, 0.05, 0.05]),
    ],
)
def test_schedules_by_hand(schedule: Schedule, expected: list[float]) -> None:
    np.testing.assert_allclose(factors(schedule, len(expected)), expected)


def test_a_plateau_drops_the_rate_after_epochs_without_a_better_score() -> None:
    """Scores after each epoch; two without improvement drop the rate for the next, and are counted anew."""
    scores = [5.0, 4.0, 4.0, 4.0, 4.0, 4.0, 3.0, 3.0]
    found = factors(Schedule("plateau", factor=0.5, patience=2), 9, scores)
    assert found == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]


@given(
    st.sampled_from(sorted(SCHEDULES)),
    st.floats(0.01, 1),
    st.integers(1, 20),
    st.floats(0, 1),
    st.lists(st.floats(0, 1), min_size=40, max_size=40),
)
def test_rates_start_at_one_never_rise_and_keep_their_floor(
    name: str, factor: float, every: int, floor: float, scores: list[float]
) -> None:
    found = factors(Schedule(name, factor, every, 0.1, 30, floor, every), 40, scores)
    assert found[0] == 1
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(found))
    assert min(found) >= floor - 1e-12


def test_rates_by_fan_in_are_the_notes_formula() -> None:
    """η/√m (notes §4): inversely proportional to the square root of the connections into a neuron."""
    np.testing.assert_allclose(layer_rates(0.6, (9, 4, 2), "fan_in", ()), [0.2, 0.3])
    np.testing.assert_allclose(layer_rates(0.6, (9, 4, 2), "equal", ()), [0.6, 0.6])
    np.testing.assert_allclose(layer_rates(0.6, (9, 4, 2), "fan_in", (2, 0.5)), [0.4, 0.15])


def test_factors_must_be_one_per_layer() -> None:
    with pytest.raises(ValueError, match="found 1 factors for 2 layers"):
        layer_rates(0.1, (3, 2, 1), "equal", (1.0,))
