"""Activation functions φ, each beside its way back (notes §3-4).

``forward(v, out)`` writes φ(v) into ``out``. ``backward(e, v, y)`` turns the error e = −∂E/∂y into the local
gradient δ = e · φ′(v) in place, and may overwrite ``v``, which no one needs after it. Arrays are
(..., batch, units), of one dtype.

A name may carry its constants: ``tanh(0.5,1.2)`` is 1.2 tanh(0.5 v), ``tanh_linear(0.1)`` is tanh v + 0.1 v.

A new one is a function here; it trains by the NumPy engine. To compile it, add its family to ``Kind`` and a branch
each to ``activate`` and ``times_slope`` in compiled/units.py.
"""

import enum
import functools
import inspect
import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from pipeline.errors import Note
from pipeline.limits import named

Array = np.ndarray


class Kind(enum.IntEnum):
    """The families that the compiled engine has, by their names in capitals."""

    IDENTITY = 0
    TANH = 1
    LOGISTIC = 2
    RELU = 3
    TANH_LINEAR = 4
    SOFTMAX = 5
    SELU = 6
    MISH = 7
    GELU = 8
    SILU = 9


class NotCompiled(Note):
    """An activation that only the NumPy engine has."""


class Activation(NamedTuple):
    """φ with its constants.

    family: the kind of function; low, high: its asymptotes, infinite where it has none; guard: how far from them
    targets stay by default (notes §4), 0 where there are none; steepest: the largest φ′ of a unit that saturates, whose
    ``backward`` then takes y alone, 0 for one that doesn't.
    """

    family: str
    forward: Callable[[Array, Array], None]
    backward: Callable[[Array, Array, Array], None]
    low: float = -math.inf
    high: float = math.inf
    guard: float = 0.0
    steepest: float = 0.0
    alpha: float = 1.0
    beta: float = 1.0

    @property
    def kind(self) -> Kind | None:
        """Its family in the compiled engine; None where that lacks it."""
        return Kind.__members__.get(self.family.upper())


ACTIVATIONS: dict[str, Callable[..., Activation]] = {}
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # mean 0, variance 1 go in and out (Klambauer 2017)
MISH_FAR = 20.0  # beyond it tanh ln(1 + e^v) is 1 to the last bit


@named(ACTIVATIONS)
def tanh(alpha: float = 1.0, beta: float = 1.0) -> Activation:
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

    return Activation("tanh", forward, backward, -beta, beta, 0.1 * beta, alpha * beta, alpha, beta)


@named(ACTIVATIONS)
def lecun_tanh() -> Activation:
    """1.7159 tanh(2/3 v): φ(±1) = ±1, where |φ″| is largest, so its targets are ±1 (notes §4)."""
    return tanh(2 / 3, 1.7159)._replace(guard=0.7159)


@named(ACTIVATIONS)
def tanh_linear(alpha: float = 0.1) -> Activation:
    """tanh v + αv, which doesn't saturate (notes §4); φ′ = 1 + α − tanh² v."""

    def forward(v: Array, out: Array) -> None:
        np.tanh(v, out=out)
        out += alpha * v

    def backward(e: Array, v: Array, y: Array) -> None:
        np.tanh(v, out=v)
        np.multiply(v, v, out=v)
        np.subtract(1 + alpha, v, out=v)
        e *= v

    return Activation("tanh_linear", forward, backward, alpha=alpha)


@named(ACTIVATIONS)
def logistic() -> Activation:
    """1/(1 + e^{−v}); φ′ = y (1 − y)."""

    def backward(e: Array, v: Array, y: Array) -> None:
        np.subtract(1, y, out=v)
        v *= y
        e *= v

    return Activation("logistic", lambda v, out: expit(v, out=out), backward, 0.0, 1.0, 0.1, steepest=0.25)


@named(ACTIVATIONS)
def relu() -> Activation:
    """max(0, v); φ′ = 1 where v > 0, else 0."""

    def forward(v: Array, out: Array) -> None:
        np.maximum(v, 0, out=out)

    def backward(e: Array, v: Array, y: Array) -> None:
        np.greater(y, 0, out=v, casting="unsafe")
        e *= v

    return Activation("relu", forward, backward, low=0.0, steepest=1.0)


@named(ACTIVATIONS)
def selu() -> Activation:
    """λv where v > 0, else λα (e^v − 1): outputs keep mean 0 and variance 1 from layer to layer (Klambauer 2017).

    What notes §4 want of the inputs then holds in each layer, with weights of σ² = 1/m. φ′ = λ, or y + λα.
    """
    full = SELU_SCALE * SELU_ALPHA

    def forward(v: Array, out: Array) -> None:
        np.minimum(v, 0, out=out)
        np.exp(out, out=out)
        out -= 1
        out *= full
        out += SELU_SCALE * np.maximum(v, 0)

    def backward(e: Array, v: Array, y: Array) -> None:
        e *= np.where(y > 0, y.dtype.type(SELU_SCALE), y + y.dtype.type(full))

    return Activation("selu", forward, backward, low=-full, steepest=full)


@named(ACTIVATIONS)
def silu() -> Activation:
    """v σ(v), σ the logistic function; φ′ = σ (1 + v (1 − σ)) (Elfwing 2018; also called swish)."""

    def forward(v: Array, out: Array) -> None:
        np.multiply(v, expit(v), out=out)

    def backward(e: Array, v: Array, y: Array) -> None:
        share = expit(v)
        e *= share * (1 + v * (1 - share))

    return Activation("silu", forward, backward)


@named(ACTIVATIONS)
def gelu() -> Activation:
    """v Φ(v), Φ of the normal distribution; φ′ = Φ(v) + v e^{−v²/2}/√(2π) (Hendrycks & Gimpel 2016)."""

    def forward(v: Array, out: Array) -> None:
        np.multiply(v, ndtr(v), out=out)

    def backward(e: Array, v: Array, y: Array) -> None:
        e *= ndtr(v) + v * np.exp(-v * v / 2) * v.dtype.type((2 * math.pi) ** -0.5)

    return Activation("gelu", forward, backward)


@named(ACTIVATIONS)
def mish() -> Activation:
    """v tanh s, s = ln(1 + e^v); φ′ = tanh s + v (1 − tanh² s) σ(v) (Misra 2020).

    tanh s = n (n + 2)/(n (n + 2) + 2), with n = e^v.
    """

    def parts(v: Array) -> tuple[Array, Array]:
        n = np.exp(np.minimum(v, MISH_FAR))
        product = n * (n + 2)
        return n, product / (product + 2)

    def forward(v: Array, out: Array) -> None:
        np.multiply(v, parts(v)[1], out=out)

    def backward(e: Array, v: Array, y: Array) -> None:
        n, t = parts(v)
        e *= t + v * ((1 - t) * (1 + t)) * (n / (1 + n))

    return Activation("mish", forward, backward)


@named(ACTIVATIONS)
def identity() -> Activation:
    """v itself; φ′ = 1."""

    def forward(v: Array, out: Array) -> None:
        out[...] = v

    def backward(e: Array, v: Array, y: Array) -> None:
        pass

    return Activation("identity", forward, backward)


@named(ACTIVATIONS)
def softmax() -> Activation:
    """e^{v_k} / Σ e^{v_j}, for outputs only; its Jacobian is diag(y) − y yᵀ, so δ = y · (e − Σ e y)."""

    def forward(v: Array, out: Array) -> None:
        np.subtract(v, v.max(axis=-1, keepdims=True), out=out)
        np.exp(out, out=out)
        out /= out.sum(axis=-1, keepdims=True)

    def backward(e: Array, v: Array, y: Array) -> None:
        np.multiply(e, y, out=v)
        e -= v.sum(axis=-1, keepdims=True)
        e *= y

    return Activation("softmax", forward, backward, 0.0, 1.0)


OUTPUT_ONLY = ("softmax",)


@functools.cache
def parse(name: str) -> Activation:
    """The activation of that name, with the constants in its parentheses.

    Raises:
        ValueError: no such name, or constants that it doesn't take; the message says what it takes.
    """
    found = re.fullmatch(r"(\w+)(?:\(([^()]*)\))?", name)
    if found is None or found[1] not in ACTIVATIONS:
        raise ValueError(f"{name} is not one of {', '.join(ACTIVATIONS)}")
    make, words = ACTIVATIONS[found[1]], (found[2] or "").split(",") if found[2] else []
    names = list(inspect.signature(make).parameters)
    try:
        constants = [float(word) for word in words]
    except ValueError:
        constants = [math.nan]
    if len(constants) > len(names) or not all(math.isfinite(c) and c > 0 for c in constants):
        takes = f"constants above 0: {make.__name__}({','.join(names)})" if names else "no constants"
        raise ValueError(f"{name}: {found[1]} takes {takes}")
    return make(*constants)


def uncompiled(names: Iterable[str]) -> list[str]:
    """The families among these activations that the compiled engine lacks, each once."""
    return list(dict.fromkeys(unit.family for unit in map(parse, names) if unit.kind is None))
