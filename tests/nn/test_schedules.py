"""Learning rates over epochs and layers, against the formulas and values by hand."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nn.optimizers import Optimizer
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
    st.sampled_from(sorted(SCHEDULES.keys() - {"cycles"})),
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


def test_cycles_rise_and_fall_and_each_takes_twice_as_long() -> None:
    """4 cycles in 1,500 epochs: 0 at 0, 100, 300, 700 and 1,500; 1 where log₂ of the time is halfway."""
    found = np.array(factors(Schedule("cycles", epochs=1500, cycles=4, floor=0.2), 1510))
    lows = [0, *(np.flatnonzero((found[1:-1] < found[:-2]) & (found[1:-1] <= found[2:])) + 1)]
    np.testing.assert_allclose(lows[:5], [0, 100, 300, 700, 1499], atol=1)
    highs = np.flatnonzero((found[1:-1] > found[:-2]) & (found[1:-1] >= found[2:])) + 1
    np.testing.assert_allclose(highs, [100 * (2 ** (k + 0.5) - 1) for k in range(4)], atol=1)
    np.testing.assert_allclose([found.min(), found.max()], [0.2, 1], atol=1e-4)


def test_rates_by_fan_in_are_the_notes_formula() -> None:
    """η/√m (notes §4): inversely proportional to the square root of the connections into a neuron."""
    for more, expected in (
        ({"layer_rates": "fan_in"}, [0.2, 0.3]),
        ({"layer_rates": "equal"}, [0.6, 0.6]),
        ({"layer_rates": "fan_in", "rate_factors": (2, 0.5)}, [0.4, 0.15]),
        ({"layer_rates": "fan_in", "input_scale": 6.0}, [0.2, 0.3, 3.6]),
    ):
        np.testing.assert_allclose(layer_rates(Optimizer(learning_rate=0.6, **more), (9, 4, 2)), expected)


def test_factors_must_be_one_per_layer() -> None:
    with pytest.raises(ValueError, match="found 1 factors for 2 layers"):
        layer_rates(Optimizer(rate_factors=(1.0,)), (3, 2, 1))
