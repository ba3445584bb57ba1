"""Penalties on the weights and the thinning of units (notes §6). Biases, column 0 of W, are exempt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.limits import setting

Array = np.ndarray


L1_STEPS = ("subgradient", "proximal")


@dataclass(frozen=True)
class Regularizer:
    """E′(w) = E(w) + λ₂/2 ‖w‖² + λ₁ ‖w‖₁; dropout, input_dropout: shares of hidden units and inputs removed (§6).

    l1_step: ``subgradient`` is the notes' −ηλ₁ sgn(w), around 0 to and fro; ``proximal`` is taken after the step of all
    else, and ends at 0 what it would carry across (Daubechies et al. 2004), so that weights become exactly 0.
    """

    l2: float = setting(0.0, least=0)
    l1: float = setting(0.0, least=0)
    dropout: float = setting(0.0, least=0, below=1)
    input_dropout: float = setting(0.0, least=0, below=1)
    l1_step: str = setting("subgradient", choices=L1_STEPS)

    def value(self, weights: Sequence[Array]) -> Array:
        """The penalty over all layers, one value per network: shape of the leading axes."""
        axes = (-2, -1)
        squares = sum(np.square(w[..., 1:]).sum(axis=axes) for w in weights)
        absolutes = sum(np.abs(w[..., 1:]).sum(axis=axes) for w in weights)
        return np.asarray(0.5 * self.l2 * squares + self.l1 * absolutes)

    @property
    def smooth(self) -> "Regularizer":
        """What takes part in the gradient of an update: all but L1 where that has a proximal step."""
        return self if self.l1_step == "subgradient" else replace(self, l1=0.0)

    @property
    def threshold(self) -> float:
        """λ₁ of the proximal step; 0 for none."""
        return 0.0 if self.l1_step == "subgradient" else self.l1

    def shrink(self, weights: Array, rate: float) -> None:
        """The proximal step: w ← sgn(w) max(0, |w| − ηλ₁), biases exempt; nothing where L1 has the subgradient's."""
        if self.threshold:
            inner, step = weights[..., 1:], weights.dtype.type(rate * self.threshold)
            inner[...] = np.where(np.abs(inner) <= step, 0, inner - step * np.sign(inner))

    def subtract_gradient(self, target: Array, weights: Array, rate: float) -> None:
        """target ← target − η (λ₂ w + λ₁ sgn(w)).

        With ``target`` = the weights this is the notes' decay (1 − ηλ)w; with the velocity, momentum's share of it.
        Notes §6 print the L1 step without η; ∇E′ of their own E′ has it, and so does this
        (docs/decisions/0003).
        """
        inner, w = target[..., 1:], weights[..., 1:]
        step = rate * self.l1 * np.sign(w) if self.l1 else None
        if self.l2 and target is weights:
            inner *= 1 - rate * self.l2
        elif self.l2:
            inner -= (rate * self.l2) * w
        if step is not None:
            inner -= step


def thinning(u: Array, rate: float, out: Array) -> None:
    """Fill ``out`` with 0 or 1/(1 − rate) by uniform numbers ``u`` in [0, 1): 0 with probability ``rate``.

    The mean of y · mask stays y (notes §6).
    """
    keep = out.dtype.type(1 - rate)
    np.less(u, keep, out=out, casting="unsafe")
    out /= keep
