import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.targets import decode, fit_scale, one_hot


@given(st.lists(st.integers(0, 4), min_size=1), st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.1, 0.9)]))
def test_labels_come_back_from_their_targets(labels: list[int], values: tuple[float, float]) -> None:
    d = one_hot(np.array(labels), 5, values, np.dtype(float))
    assert set(np.unique(d)) == set(values)
    assert ((d == values[1]).sum(axis=1) == 1).all()
    np.testing.assert_array_equal(decode(d), labels)


def test_real_targets_are_learned_at_mean_0_and_variance_1(rng: np.random.Generator) -> None:
    y = rng.normal(1000, 50, 200)
    scaled = fit_scale(y).apply(y[:, None], np.dtype(float))
    np.testing.assert_allclose([scaled.mean(), scaled.var()], [0, 1], atol=1e-9)
    np.testing.assert_allclose(fit_scale(y).revert(scaled)[:, 0], y)
