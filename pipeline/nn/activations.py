"""Activation functions φ, each beside its way back (notes §3-4).

``forward(v, out)`` writes φ(v) into ``out``. ``backward(e, v, y)`` turns the error e = −∂E/∂y into the local
gradient δ = e · φ′(v) in place, and may overwrite ``v``, which no one needs after it. Arrays are
(..., batch, units), of one dtype. ``targets`` are the values that stand for "no" and "yes" inside φ's range.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

Array = np.ndarray


class Activation(NamedTuple):
    name: str
    forward: Callable[[Array, Array], None]
    backward: Callable[[Array, Array, Array], None]
    targets: tuple[float, float]


def scaled_tanh(name: str, alpha: float, beta: float, targets: tuple[float, float]) -> Activation:
    """β tanh(αv); φ′ = αβ − (α/β) y². Odd: φ(−v) = −φ(v) (notes §4)."""

    def forward(v: Array, out: Array) -> None:
        if alpha != 1:
            np.multiply(v, alpha, out=v)
        np.tanh(v, out=out)
        if beta != 1:
            out *= beta

    def backward(e: Array, v: Array, y: Array) -> None:
        np.multiply(y, y, out=v)
        v *= -alpha / beta
        v += alpha * beta
        e *= v

    return Activation(name, forward, backward, targets)


def _logistic_backward(e: Array, v: Array, y: Array) -> None:
    np.subtract(1, y, out=v)  # φ′ = y (1 − y)
    v *= y
    e *= v


def _relu_forward(v: Array, out: Array) -> None:
    np.maximum(v, 0, out=out)


def _relu_backward(e: Array, v: Array, y: Array) -> None:
    np.greater(y, 0, out=v, casting="unsafe")
    e *= v


def _identity_forward(v: Array, out: Array) -> None:
    out[...] = v


def _identity_backward(e: Array, v: Array, y: Array) -> None:
    pass


def _softmax_forward(v: Array, out: Array) -> None:
    np.subtract(v, v.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)


def _softmax_backward(e: Array, v: Array, y: Array) -> None:
    np.multiply(e, y, out=v)  # the Jacobian is diag(y) − y yᵀ, so δ = y · (e − Σ e y)
    e -= v.sum(axis=-1, keepdims=True)
    e *= y


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        scaled_tanh("tanh", alpha=1.0, beta=1.0, targets=(-1.0, 1.0)),
        scaled_tanh("lecun_tanh", alpha=2 / 3, beta=1.7159, targets=(-1.0, 1.0)),
        Activation("logistic", lambda v, out: expit(v, out=out), _logistic_backward, (0.0, 1.0)),
        Activation("relu", _relu_forward, _relu_backward, (0.0, 1.0)),
        Activation("identity", _identity_forward, _identity_backward, (0.0, 1.0)),
        Activation("softmax", _softmax_forward, _softmax_backward, (0.0, 1.0)),
    )
}
OUTPUT_ONLY = ("softmax",)
