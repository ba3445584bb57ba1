"""Update rules as pairs of functions: ``init(weights) -> state`` and ``update(...)``, in place.

An update gets the *factors* of the gradient, ∂E/∂W_l = −(1/N) δ_lᵀ [1 y_{l−1}], so that it can fold the product
into the weights in one step, and one learning rate per layer. pipeline.nn.compiled has the same rules for speed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline.nn.initializers import allocate
from pipeline.nn.outer import add_product
from pipeline.nn.regularizers import Penalty

Array = np.ndarray


class Factor(NamedTuple):
    """delta: (..., batch, m_l); y: (..., batch, m_{l-1}+1) with the 1-column."""

    delta: Array
    y: Array


@dataclass(frozen=True)
class Rules:
    """An update rule with its constants.

    name: one of ``OPTIMIZERS``; momentum: μ; beta1, beta2, epsilon: Adam's; clip: the largest norm that the gradient
    of E over all layers may have, 0 for any.
    """

    name: str = "descent"
    momentum: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: float = 0.0


@dataclass
class State:
    """Velocities (or first moments), second moments, and the number of updates made."""

    first: list[Array] = field(default_factory=list)
    second: list[Array] = field(default_factory=list)
    updates: int = 0


class UpdateRule(NamedTuple):
    init: Callable[[Sequence[Array]], State]
    update: Callable[[Sequence[Array], State, Sequence[Factor], Sequence[float]], None]


# One layer's change: (weights, state, layer, g = −∇E′, rate).
Change = Callable[[Array, State, int, Array, float], None]


def _like(weights: Sequence[Array]) -> list[Array]:
    return [allocate(w.shape[-1] - 1, w.shape[-2], w.shape[:-2], w.dtype) for w in weights]


def descent(rules: Rules, penalty: Penalty) -> UpdateRule:
    """W ← (1 − ηλ)W + (η/N) δᵀ[1 y] (notes §3, §6)."""

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, factor, rate in zip(weights, factors, rates, strict=True):
            penalty.subtract_gradient(w, w, rate)
            add_product(w, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=1.0)

    return UpdateRule(lambda weights: State(), update)


def momentum(rules: Rules, penalty: Penalty) -> UpdateRule:
    """v ← μv − η∇E′(W), W ← W + v, with v = 0 at first (notes §6)."""

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, velocity, factor, rate in zip(weights, state.first, factors, rates, strict=True):
            add_product(velocity, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=rules.momentum)
            penalty.subtract_gradient(velocity, w, rate)
            w += velocity

    return UpdateRule(lambda weights: State(_like(weights)), update)


def formed(rules: Rules, penalty: Penalty, change: Change, moments: int) -> UpdateRule:
    """A rule that needs ∂E/∂W itself: it is formed, clipped, and given the penalty's gradient."""

    def init(weights: Sequence[Array]) -> State:
        return State(_like(weights) if moments else [], _like(weights) if moments > 1 else [])

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        state.updates += 1
        steps = [np.matmul(f.delta.swapaxes(-1, -2), f.y) / f.delta.shape[-2] for f in factors]
        clip(steps, rules.clip)
        for layer, (w, g, rate) in enumerate(zip(weights, steps, rates, strict=True)):
            penalty.subtract_gradient(g, w, 1.0)
            change(w, state, layer, g, rate)

    return UpdateRule(init, update)


def clip(gradients: Sequence[Array], limit: float) -> None:
    """Scale the gradients (..., m_l, m_{l−1}+1) so that their Euclidean norm over all layers is at most ``limit``."""
    if limit:
        norm = np.sqrt(sum(np.square(g, dtype=np.float64).sum(axis=(-2, -1)) for g in gradients))
        scale = limit / np.maximum(norm, limit)
        for g in gradients:
            g *= scale[..., None, None].astype(g.dtype)


def _plain(w: Array, state: State, layer: int, g: Array, rate: float) -> None:
    w += rate * g


def _heavy_ball(rules: Rules) -> Change:
    def change(w: Array, state: State, layer: int, g: Array, rate: float) -> None:
        velocity = state.first[layer]
        velocity *= rules.momentum
        velocity += rate * g
        w += velocity

    return change


def _nesterov(rules: Rules) -> Change:
    """v ← μv − η∇E′(W), W ← W + μv − η∇E′(W): the gradient as if at the point that momentum leads to."""

    def change(w: Array, state: State, layer: int, g: Array, rate: float) -> None:
        velocity = state.first[layer]
        velocity *= rules.momentum
        velocity += rate * g
        w += rules.momentum * velocity + rate * g

    return change


def _adam(rules: Rules) -> Change:
    """Kingma & Ba (2015), algorithm 1, with the penalty's gradient in g."""

    def change(w: Array, state: State, layer: int, g: Array, rate: float) -> None:
        first, second = state.first[layer], state.second[layer]
        first *= rules.beta1
        first += (1 - rules.beta1) * g
        second *= rules.beta2
        second += (1 - rules.beta2) * np.square(g)
        unbiased = first / (1 - rules.beta1**state.updates), second / (1 - rules.beta2**state.updates)
        w += rate * unbiased[0] / (np.sqrt(unbiased[1]) + rules.epsilon)

    return change


OPTIMIZERS: dict[str, Callable[[Rules, Penalty], UpdateRule]] = {
    "descent": lambda r, p: formed(r, p, _plain, 0) if r.clip else descent(r, p),
    "momentum": lambda r, p: formed(r, p, _heavy_ball(r), 1) if r.clip else momentum(r, p),
    "nesterov": lambda r, p: formed(r, p, _nesterov(r), 1),
    "adam": lambda r, p: formed(r, p, _adam(r), 2),
}
