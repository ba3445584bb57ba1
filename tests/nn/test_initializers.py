"""Initial weights: their spread, their biases, their place in memory."""

import numpy as np
import pytest

from pipeline.nn.initializers import INITIALIZERS, initialize

SIZES = (400, 300, 50)
VARIANCES = {
    "fan_in": lambda before, units: 1 / before,
    "glorot": lambda before, units: 2 / (before + units),
    "he": lambda before, units: 2 / before,
    "normal": lambda before, units: 0.3**2,
    "zeros": lambda before, units: 0.0,
}


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("leading", [(), (2,)])
def test_mean_variance_and_biases(name: str, leading: tuple[int, ...], rng: np.random.Generator) -> None:
    weights = initialize(SIZES, name, rng, np.dtype(float), leading, sigma=0.3)
    for w, before, units in zip(weights, SIZES, SIZES[1:], strict=False):
        assert w.shape == (*leading, units, before + 1)
        assert not w[..., 0].any()
        expected = VARIANCES[name](before, units)
        np.testing.assert_allclose(w[..., 1:].var(), expected, rtol=0.05)
        assert abs(w[..., 1:].mean()) <= 5 * np.sqrt(expected / w.size)
