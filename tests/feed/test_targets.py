import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feed.targets import decode, fit_range, fit_scale, guarded, one_hot, smoothed


@given(st.lists(st.integers(0, 4), min_size=1), st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.1, 0.9)]))
def test_labels_come_back_from_their_targets(labels: list[int], values: tuple[float, float]) -> None:
    d = one_hot(np.array(labels), 5, values, np.dtype(float))
    assert set(np.unique(d)) == set(values)
    assert ((d == values[1]).sum(axis=1) == 1).all()
    np.testing.assert_array_equal(decode(d), labels)


@pytest.mark.parametrize(("choices", "expected"), [(4, [0.925, 0.025]), (2, [0.95, 0.05])])
def test_smoothed_targets_keep_a_guard_and_still_sum_as_probabilities(choices: int, expected: list[float]) -> None:
    """ε = 0.1: among 4 classes (1 − ε) + ε/4 and ε/4, for yes and no 1 − ε/2 and ε/2."""
    d = one_hot(np.array([2]), 4, (0.0, 1.0), np.dtype(np.float32))
    found = smoothed(d, 0.1, choices)
    np.testing.assert_allclose([found[0, 2], found[0, 0]], expected, rtol=1e-6)
    assert found.dtype == np.float32
    if choices == 4:
        np.testing.assert_allclose(found.sum(), 1, rtol=1e-6)


def test_real_targets_are_learned_at_mean_0_and_variance_1(rng: np.random.Generator) -> None:
    y = rng.normal(1000, 50, 200)
    scaled = fit_scale(y).apply(y[:, None], np.dtype(float))
    np.testing.assert_allclose([scaled.mean(), scaled.var()], [0, 1], atol=1e-9)
    np.testing.assert_allclose(fit_scale(y).revert(scaled)[:, 0], y)


@given(st.floats(-10, 10), st.floats(0.1, 10), st.floats(0, 0.49))
def test_guarded_targets_lie_inside_the_asymptotes_by_the_guard(low: float, width: float, share: float) -> None:
    values = guarded(low, low + width, share * width)
    assert low <= values[0] < values[1] <= low + width
    np.testing.assert_allclose([values[0] - low, low + width - values[1]], share * width, atol=1e-12)


@pytest.mark.parametrize("guard", [-0.1, 1.0, 5.0])
def test_a_guard_that_leaves_nothing_is_refused(guard: float) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and less than 1, half the range"):
        guarded(-1, 1, guard)


@given(
    st.lists(st.floats(-1e12, 1e12, allow_subnormal=False), min_size=1, max_size=30),
    st.sampled_from([(-0.9, 0.9), (0.1, 0.9), (-1.0, 1.0)]),
)
def test_real_targets_lie_in_the_guarded_interval_and_come_back(
    targets: list[float], values: tuple[float, float]
) -> None:
    y = np.array(targets)
    fitted = fit_range(y, values)
    d = fitted.apply(y[:, None], np.dtype(float))
    assert values[0] - 1e-6 <= d.min() and d.max() <= values[1] + 1e-6
    np.testing.assert_allclose(fitted.revert(d)[:, 0], y, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(y).max()))
