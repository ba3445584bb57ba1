import numpy as np
import pytest

from pipeline.reporting.uncertainty import expected_best


def test_fifty_equal_candidates_on_257_rows_average_98_5_per_cent() -> None:
    assert round(100 * expected_best(50, 0.96, 257), 1) == 98.5


@pytest.mark.parametrize("accuracy", [0.0, 0.3, 1.0])
def test_one_candidate_has_no_bonus(accuracy: float) -> None:
    assert expected_best(1, accuracy, 40) == pytest.approx(accuracy)


def test_the_expected_best_agrees_with_a_simulation(rng: np.random.Generator) -> None:
    drawn = rng.binomial(60, 0.8, size=(20_000, 7)).max(axis=1).mean() / 60
    assert expected_best(7, 0.8, 60) == pytest.approx(drawn, abs=0.002)
