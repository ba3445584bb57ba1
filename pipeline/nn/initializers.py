"""Initial weights W_l of shape (m_l, m_{l-1}+1), bias column first (notes §3-4)."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.limits import named, setting

Array = np.ndarray
Draw = Callable[[Array, np.random.Generator, float], None]

INITIALIZERS: dict[str, Draw] = {}


@dataclass(frozen=True)
class Initializer:
    """sigma: of ``normal``."""

    name: str = setting("fan_in", choices=INITIALIZERS)
    sigma: float = setting(0.1, above=0, only={"name": ("normal",)})


def allocate(fan_in: int, units: int, leading: tuple[int, ...], dtype: np.dtype) -> Array:
    """Zeros of shape (*leading, units, fan_in+1), stored transposed in memory: the layout that the products want."""
    return np.zeros((*leading, fan_in + 1, units), dtype).swapaxes(-1, -2)


def _normal(weights: Array, sigma: float, rng: np.random.Generator) -> None:
    from pipeline.arithmetic.draws import standard_normal  # Numba: see training.make_engine

    weights[..., 1:] = standard_normal(rng, weights[..., 1:].shape) * sigma


@named(INITIALIZERS)
def fan_in(weights: Array, rng: np.random.Generator, sigma: float) -> None:
    """σ² = 1/m with m = fan-in, biases 0: puts v between the linear and the saturated part (notes §4)."""
    _normal(weights, 1 / math.sqrt(weights.shape[-1] - 1), rng)


@named(INITIALIZERS)
def glorot(weights: Array, rng: np.random.Generator, sigma: float) -> None:
    """σ² = 2/(m_{l−1} + m_l): signals keep their variance going forward and back (Glorot & Bengio 2010)."""
    _normal(weights, math.sqrt(2 / (weights.shape[-1] - 1 + weights.shape[-2])), rng)


@named(INITIALIZERS)
def he(weights: Array, rng: np.random.Generator, sigma: float) -> None:
    """σ² = 2/m, for ReLU, which lets half of the signals through (He et al. 2015)."""
    _normal(weights, math.sqrt(2 / (weights.shape[-1] - 1)), rng)


@named(INITIALIZERS)
def normal(weights: Array, rng: np.random.Generator, sigma: float) -> None:
    """The given σ: large ones saturate the units, small ones start on a flat part of E (notes §4)."""
    _normal(weights, sigma, rng)


@named(INITIALIZERS)
def zeros(weights: Array, rng: np.random.Generator, sigma: float) -> None:
    """All 0: the notes' example of what not to do; with tanh only the output bias ever learns (notes §4)."""
    weights[...] = 0


def initialize(
    sizes: tuple[int, ...],
    name: str,
    rng: np.random.Generator,
    dtype: np.dtype,
    leading: tuple[int, ...] = (),
    sigma: float = 0.1,
) -> list[Array]:
    """Draw W_1 … W_L for ``sizes`` = (m_0, …, m_L); drawn in float64, then rounded to ``dtype``.

    Args:
        name: one of ``INITIALIZERS``; sigma: the σ of ``normal``.
        leading: axes of several networks, each with its own weights.
    """
    weights = [allocate(before, units, leading, dtype) for before, units in itertools.pairwise(sizes)]
    for w in weights:
        INITIALIZERS[name](w, rng, sigma)
    return weights
