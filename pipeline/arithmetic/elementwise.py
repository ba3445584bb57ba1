"""The functions of this room on whole arrays, number by number, in float64.

Bounds on their errors are in tests/arithmetic/test_functions.py.
"""

import enum
from typing import Any, NamedTuple

import numpy as np

from pipeline.arithmetic import gaussian, logarithms, scalars, turns
from pipeline.arithmetic.cache import Part, inlined
from pipeline.arithmetic.handing import Numbers, address, entry, entry_part, packed, taken_as

Array = np.ndarray
DOUBLE = np.dtype(np.float64)
_power, _log, _log1p = scalars.exp, logarithms.log, logarithms.log1p
_sine, _quantile = turns.sine, gaussian.quantile


class Function(enum.IntEnum):
    """What one call computes of every number."""

    EXP = 0
    LOG = 1
    SOFTPLUS = 2
    LOGISTIC = 3
    SINE = 4
    QUANTILE = 5


@inlined
def _exp(x: float) -> float:
    found = _power(x)
    found = 0.0 if x < -708.0 else found
    return np.inf if x > 709.0 else found


class _Both(NamedTuple):
    x: Numbers
    out: Numbers


_taken = taken_as(_Both)


def _apply(known: Any, _: Any, which: int, __: int, real: float) -> None:
    x, out = _taken(known, real)
    if which == Function.EXP:
        for i in range(len(x)):
            out[i] = _exp(x[i])
    elif which == Function.LOG:
        for i in range(len(x)):
            out[i] = _log(x[i])
    elif which == Function.SOFTPLUS:
        for i in range(len(x)):
            out[i] = (x[i] if not x[i] <= 0.0 else 0.0) + _log1p(_exp(-abs(x[i])))
    elif which == Function.LOGISTIC:
        for i in range(len(x)):
            out[i] = 1.0 / (1.0 + _exp(-x[i]))
    elif which == Function.SINE:
        for i in range(len(x)):
            out[i] = _sine(x[i])
    else:
        for i in range(len(x)):
            out[i] = _quantile(x[i])


def _of(which: Function, x: Array | float) -> Array:
    x = np.asarray(x, np.float64, order="C")
    out = np.empty(x.shape)
    words = packed(_Both(x.reshape(-1), out.reshape(-1)), DOUBLE)
    entry(_apply, DOUBLE)(address(words), 0, int(which), 0)
    return out


def elementwise_part() -> Part:
    """What all of these functions are compiled to."""
    return entry_part(_apply, DOUBLE)


def exp(x: Array | float) -> Array:
    """eˣ; 0 below −708, ∞ above 709."""
    return _of(Function.EXP, x)


def log(x: Array | float) -> Array:
    """ln x; −∞ at 0, NaN below."""
    return _of(Function.LOG, x)


def softplus(x: Array | float) -> Array:
    """ln(1 + eˣ)."""
    return _of(Function.SOFTPLUS, x)


def logistic(x: Array | float) -> Array:
    """1/(1 + e⁻ˣ)."""
    return _of(Function.LOGISTIC, x)


def sine(turns: Array | float) -> Array:
    """sin 2πt of t turns."""
    return _of(Function.SINE, turns)


def cosine(turns: Array | float) -> Array:
    """cos 2πt of t turns."""
    return _of(Function.SINE, np.asarray(turns) + 0.25)


def quantile(p: Array | float) -> Array:
    """Φ⁻¹(p) of the normal distribution."""
    return _of(Function.QUANTILE, p)
