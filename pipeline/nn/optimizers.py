"""Update rules as pairs of functions: ``init(weights) -> state`` and ``update(...)``, in place.

An update gets the *factors* of the gradient, ∂E/∂W_l = −(1/N) δ_lᵀ [1 y_{l−1}], so that it can fold the product
into the weights in one step, and one learning rate per layer. pipeline.nn.compiled has the same rules for speed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline.limits import named, setting
from pipeline.nn.initializers import allocate
from pipeline.nn.outer import add_product
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import RATE_SCHEMES

Array = np.ndarray
FOLDED = ("descent", "momentum")
MOVING = ("momentum", "nesterov")  # the rules that momentum means something to
ADAPTIVE = ("adam", "adamw")
OPTIMIZERS: dict[str, Callable[["Optimizer", Regularizer], "UpdateRule"]] = {}


class Factor(NamedTuple):
    """delta: (..., batch, m_l); y: (..., batch, m_{l-1}+1) with the 1-column."""

    delta: Array
    y: Array


@dataclass(frozen=True)
class Optimizer:
    """An update rule with its constants, the learning rates η, and how many examples an update takes.

    momentum: μ of momentum and nesterov; beta1, beta2, epsilon: of adam and adamw; weight_decay: λ of adamw, which
    takes the share ηλ off the weights in each update, beside the gradient; clip: the largest norm that the gradient
    of E over all layers may have, 0 for any. batch_size: 1 is online, 0 is batch learning (all rows). layer_rates:
    ``equal``, or ``fan_in`` for η/√m; rate_factors: one factor of η per layer, or none; bias_factor: of the biases'
    η. input_scale: with it above 0, each input is multiplied by a number of its own, 1 at first, that is trained
    too, with so many times η (Holzmüller et al. 2024); it ends up in the weights of the first layer.
    """

    name: str = setting("descent", choices=OPTIMIZERS)
    learning_rate: float = setting(0.1, above=0)
    momentum: float = setting(0.0, least=0, below=1)
    beta1: float = setting(0.9, least=0, below=1, only={"name": ADAPTIVE})
    beta2: float = setting(0.999, least=0, below=1, only={"name": ADAPTIVE})
    epsilon: float = setting(1e-8, above=0, only={"name": ADAPTIVE})
    weight_decay: float = setting(0.0, least=0)
    clip: float = setting(0.0, least=0)
    batch_size: int = setting(10, least=0)
    layer_rates: str = setting("equal", choices=RATE_SCHEMES)
    rate_factors: tuple[float, ...] = setting((), above=0)
    bias_factor: float = setting(1.0, least=0)
    input_scale: float = setting(0.0, least=0)

    @property
    def formed(self) -> bool:
        """Whether ∂E/∂W itself is needed, and the product of its factors can't go straight into the weights."""
        return self.name not in FOLDED or self.clip > 0 or self.bias_factor != 1 or self.input_scale > 0


@dataclass
class State:
    """What a rule remembers: velocities (or first moments), second moments, and the number of updates made.

    scaled: with trained scales, W_1 without them, and the scales s (..., 1, m_0); the moments of s are the last ones.
    """

    first: list[Array] = field(default_factory=list)
    second: list[Array] = field(default_factory=list)
    scaled: list[Array] = field(default_factory=list)
    updates: int = 0


class UpdateRule(NamedTuple):
    init: Callable[[Sequence[Array]], State]
    update: Callable[[Sequence[Array], State, Sequence[Factor], Sequence[float]], None]


# One layer's change: (weights, state, layer, g = −∇E′, rates), rates (m_{l−1}+1,) or one for all.
Change = Callable[[Array, State, int, Array, Array], None]


def _like(weights: Sequence[Array]) -> list[Array]:
    """Zeros of the weights' shapes, in their layout."""
    return [allocate(w.shape[-1] - 1, w.shape[-2], w.shape[:-2], w.dtype) for w in weights]


def _folded_descent(regularizer: Regularizer) -> UpdateRule:
    """The product goes straight into the weights: the gradient is never formed."""

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, factor, rate in zip(weights, factors, rates, strict=True):
            regularizer.smooth.subtract_gradient(w, w, rate)
            add_product(w, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=1.0)
            regularizer.shrink(w, rate)

    return UpdateRule(lambda weights: State(), update)


def _folded_momentum(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """The product goes straight into the velocity."""

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        for w, velocity, factor, rate in zip(weights, state.first, factors, rates, strict=True):
            add_product(velocity, factor.delta, factor.y, alpha=rate / factor.delta.shape[-2], beta=optimizer.momentum)
            regularizer.smooth.subtract_gradient(velocity, w, rate)
            w += velocity
            regularizer.shrink(w, rate)

    return UpdateRule(lambda weights: State(_like(weights)), update)


def formed(optimizer: Optimizer, regularizer: Regularizer, change: Change, moments: int) -> UpdateRule:
    """A rule that needs ∂E/∂W itself: it is formed, clipped, and given the penalty's gradient."""

    def init(weights: Sequence[Array]) -> State:
        scaled = [weights[0].copy(order="K"), np.ones_like(weights[0][..., :1, 1:])] if optimizer.input_scale else []
        shapes = [*weights, *scaled[1:]]
        return State(_like(shapes) if moments else [], _like(shapes) if moments > 1 else [], scaled)

    def update(weights: Sequence[Array], state: State, factors: Sequence[Factor], rates: Sequence[float]) -> None:
        state.updates += 1
        steps = [np.matmul(f.delta.swapaxes(-1, -2), f.y) / f.delta.shape[-2] for f in factors]
        trained = [*state.scaled[:1], *weights[bool(state.scaled) :]]
        if state.scaled:
            steps.append(_of_scales(steps[0], *state.scaled))
        clip(steps, optimizer.clip)
        for layer, (w, g, rate) in enumerate(zip(trained, steps, rates, strict=False)):
            regularizer.smooth.subtract_gradient(g, w, 1.0)
            each = np.full(w.shape[-1], rate, w.dtype)
            each[0] *= optimizer.bias_factor
            if optimizer.weight_decay:
                w[..., 1:] *= 1 - each[1:] * optimizer.weight_decay
            change(w, state, layer, g, each)
            regularizer.shrink(w, rate)
        if state.scaled:
            base, scales = state.scaled
            change(scales, state, len(weights), steps[-1], np.asarray(rates[-1], scales.dtype))
            weights[0][..., 0] = base[..., 0]
            np.multiply(base[..., 1:], scales, out=weights[0][..., 1:])

    return UpdateRule(init, update)


def _of_scales(step: Array, base: Array, scales: Array) -> Array:
    """−∂E/∂s_j = Σ_i w_ij g_ij (…, 1, m_0) for v = Σ_j w_ij s_j x_j; ``step`` g becomes that of w, g s."""
    inner = step[..., 1:]
    found: Array = (inner * base[..., 1:]).sum(axis=-2, keepdims=True)
    inner *= scales
    return found


def clip(gradients: Sequence[Array], limit: float) -> None:
    """Scale the gradients (..., m_l, m_{l−1}+1) so that their Euclidean norm over all layers is at most ``limit``."""
    if limit:
        norm = np.sqrt(sum(np.square(g, dtype=np.float64).sum(axis=(-2, -1)) for g in gradients))
        scale = limit / np.maximum(norm, limit)
        for g in gradients:
            g *= scale[..., None, None].astype(g.dtype)


def _plain(w: Array, state: State, layer: int, g: Array, rate: Array) -> None:
    w += rate * g


def _heavy_ball(optimizer: Optimizer) -> Change:
    def change(w: Array, state: State, layer: int, g: Array, rate: Array) -> None:
        velocity = state.first[layer]
        velocity *= optimizer.momentum
        velocity += rate * g
        w += velocity

    return change


def _nesterov(optimizer: Optimizer) -> Change:
    def change(w: Array, state: State, layer: int, g: Array, rate: Array) -> None:
        velocity = state.first[layer]
        velocity *= optimizer.momentum
        velocity += rate * g
        w += optimizer.momentum * velocity + rate * g

    return change


def _adam(optimizer: Optimizer) -> Change:
    """Kingma & Ba (2015), algorithm 1, with the penalty's gradient in g."""

    def change(w: Array, state: State, layer: int, g: Array, rate: Array) -> None:
        first, second = state.first[layer], state.second[layer]
        first *= optimizer.beta1
        first += (1 - optimizer.beta1) * g
        second *= optimizer.beta2
        second += (1 - optimizer.beta2) * np.square(g)
        unbiased = first / (1 - optimizer.beta1**state.updates), second / (1 - optimizer.beta2**state.updates)
        w += rate * unbiased[0] / (np.sqrt(unbiased[1]) + optimizer.epsilon)

    return change


@named(OPTIMIZERS)
def descent(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """W ← (1 − ηλ)W + (η/N) δᵀ[1 y] (notes §3, §6)."""
    return formed(optimizer, regularizer, _plain, 0) if optimizer.formed else _folded_descent(regularizer)


@named(OPTIMIZERS)
def momentum(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """v ← μv − η∇E′(W), W ← W + v, with v = 0 at first (notes §6)."""
    if optimizer.formed:
        return formed(optimizer, regularizer, _heavy_ball(optimizer), 1)
    return _folded_momentum(optimizer, regularizer)


@named(OPTIMIZERS)
def nesterov(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """v ← μv − η∇E′(W), W ← W + μv − η∇E′(W): the gradient as if at the point that momentum leads to."""
    return formed(optimizer, regularizer, _nesterov(optimizer), 1)


@named(OPTIMIZERS)
def adam(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """Kingma & Ba (2015), algorithm 1, with the penalty's gradient in ∂E/∂W."""
    return formed(optimizer, regularizer, _adam(optimizer), 2)


@named(OPTIMIZERS)
def adamw(optimizer: Optimizer, regularizer: Regularizer) -> UpdateRule:
    """Adam, and W ← (1 − ηλ)W beside it: the notes' decay (§6), not divided by Adam's √ (Loshchilov & Hutter 2019).

    η falls with the schedule, and the decay with it.
    """
    return formed(optimizer, regularizer, _adam(optimizer), 2)
