"""Update rules as pairs of functions: ``init(weights) -> state`` and ``update(...)``, in place.

An update gets the *factors* of the gradient, ∂E/∂W_l = −(1/N) δ_lᵀ [1 y_{l−1}], so that it can fold the product
into the weights in one step, and one learning rate per layer.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.nn.initializers import allocate
from pipeline.nn.products import add_product
from pipeline.nn.regularizers import Penalty

Array = np.ndarray
State = list[Array]


class Factor(NamedTuple):
    """delta: (..., batch, m_l); y: (..., batch, m_{l-1}+1) with the 1-column."""

    delta: Array
    y: Array


class Optimizer(NamedTuple):
    init: Callable[[Sequence[Array]], State]
    update: Callable[[Sequence[Array], State, Sequence[Factor], Sequence[float]], None]


def descent(penalty: Penalty) -> Optimizer:
    """W ← (1 − ηλ)W + (η/N) δᵀ[1 y] (notes §3, §6)."""

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, factor, rate in zip(weights, factors, rates, strict=True):
            penalty.subtract_gradient(w, w, rate)
            add_product(w, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=1.0)

    return Optimizer(lambda weights: [], update)


def momentum(penalty: Penalty, mu: float) -> Optimizer:
    """v ← μv − η∇E′(W), W ← W + v, with v = 0 at first (notes §6)."""

    def init(weights: Sequence[Array]) -> State:
        return [allocate(w.shape[-1] - 1, w.shape[-2], w.shape[:-2], w.dtype) for w in weights]

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, velocity, factor, rate in zip(weights, state, factors, rates, strict=True):
            add_product(velocity, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=mu)
            penalty.subtract_gradient(velocity, w, rate)
            w += velocity

    return Optimizer(init, update)


OPTIMIZERS: dict[str, Callable[[Penalty, float], Optimizer]] = {
    "descent": lambda penalty, mu: descent(penalty),
    "momentum": momentum,
}
