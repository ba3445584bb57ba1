"""Random-direction gradient check: the slope along one random direction against the backpropagated one."""

from collections.abc import Callable

import numpy as np


def assert_slope(value: Callable[[], float], arrays: list[np.ndarray], gradients: list[np.ndarray], seed: int) -> None:
    """Compare d value / d direction by central differences with Σ gradient · direction (float64, 1e-7 relative)."""
    rng = np.random.default_rng(seed)
    directions = [rng.standard_normal(a.shape) for a in arrays]
    start = [a.copy(order="K") for a in arrays]

    def at(step: float) -> float:
        for a, s, direction in zip(arrays, start, directions, strict=True):
            a[...] = s + step * direction
        return value()

    h = 1e-4  # fourth-order differences: error h⁴, rounding 1e-16/h
    numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    at(0)
    exact = sum(float((g * direction).sum()) for g, direction in zip(gradients, directions, strict=True))
    assert abs(numeric - exact) <= 1e-7 * max(1e-3, abs(numeric), abs(exact)), f"numeric {numeric!r}, exact {exact!r}"
