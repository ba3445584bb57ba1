"""Images between their pixels and smoothed fields, beside SciPy's."""

import numpy as np
import pytest
from scipy import ndimage

from pipeline.arithmetic.warping import look_up, smooth


@pytest.mark.parametrize("shape", [(5, 9, 7), (2, 1, 4), (1, 1, 1)])
def test_pixels_are_looked_up_as_scipy_does(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    images, (rows, columns) = rng.random(shape).astype(np.float32), rng.uniform(-3, 12, (2, *shape))
    numbers = np.broadcast_to(np.arange(shape[0])[:, None, None], shape)
    expected = ndimage.map_coordinates(images, [numbers, rows, columns], order=1, mode="nearest", output=np.float32)
    np.testing.assert_allclose(look_up(images, rows, columns), expected, atol=1e-6)


@pytest.mark.parametrize(("shape", "deviation"), [((3, 28, 20), 4.0), ((2, 5, 3), 2.5), ((2, 6, 6), 0.1)])
def test_fields_are_smoothed_as_scipy_does(shape: tuple[int, ...], deviation: float) -> None:
    fields = np.random.default_rng(0).standard_normal(shape)
    expected = ndimage.gaussian_filter(fields, (0, deviation, deviation), mode="wrap", truncate=3)
    smooth(fields, deviation)
    np.testing.assert_allclose(fields, expected, atol=1e-13)
