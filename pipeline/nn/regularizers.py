"""Penalties on the weights and the thinning of units (notes §6). Biases, column 0 of W, are exempt."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.limits import setting

Array = np.ndarray


@dataclass(frozen=True)
class Regularizer:
    """E′(w) = E(w) + λ₂/2 ‖w‖² + λ₁ ‖w‖₁; dropout, input_dropout: shares of hidden units and inputs removed (§6)."""

    l2: float = setting(0.0, least=0)
    l1: float = setting(0.0, least=0)
    dropout: float = setting(0.0, least=0, below=1)
    input_dropout: float = setting(0.0, least=0, below=1)

    def value(self, weights: Sequence[Array]) -> Array:
        """The penalty over all layers, one value per network: shape of the leading axes."""
        axes = (-2, -1)
        squares = sum(np.square(w[..., 1:]).sum(axis=axes) for w in weights)
        absolutes = sum(np.abs(w[..., 1:]).sum(axis=axes) for w in weights)
        return np.asarray(0.5 * self.l2 * squares + self.l1 * absolutes)

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
