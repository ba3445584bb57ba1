"""The functions of the room to 50 digits, from Python's decimal numbers: what errors are measured against."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def _series(first: Decimal, ratio: Callable[[int], Decimal]) -> Decimal:
    """first (1 + r₁ (1 + r₂ (…))), until a term adds nothing."""
    found, term, n = first, first, 0
    while abs(term) > Decimal(10) ** -60:
        n += 1
        term *= ratio(n)
        found += term
    return found


def exp(x: Decimal) -> Decimal:
    return x.exp()


def log(x: Decimal) -> Decimal:
    return x.ln()


def softplus(x: Decimal) -> Decimal:
    return (1 + x.exp()).ln()


def logistic(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def tanh(x: Decimal) -> Decimal:
    return ((2 * x).exp() - 1) / ((2 * x).exp() + 1)


def sine(t: Decimal) -> Decimal:
    x = 2 * PI * t
    return _series(x, lambda n: -x * x / (2 * n * (2 * n + 1)))


def erf(x: Decimal) -> Decimal:
    """2/√π Σ (−1)ⁿ x^{2n+1} / (n! (2n + 1))."""
    terms = _series(x, lambda n: -x * x * (2 * n - 1) / (n * (2 * n + 1)))
    return 2 / PI.sqrt() * terms


def ulps(found: np.ndarray, of: Callable[[Decimal], Decimal], x: np.ndarray) -> float:
    """The largest error of ``found`` in units in the last place of the exact values, which are normal numbers."""
    worst = 0.0
    with localcontext() as context:
        context.prec = 60
        for one, argument in zip(found, x, strict=True):
            exact = of(Decimal(float(argument)))
            unit = np.spacing(np.abs(found.dtype.type(float(exact))))
            worst = max(worst, abs(float((Decimal(float(one)) - exact) / Decimal(float(unit)))))
    return worst
