"""Update rules on flat weights (notes §6; Nesterov 1983; Kingma & Ba 2015): loops over contiguous numbers."""

import math

import numpy as np

from pipeline.arithmetic.cache import loop
from pipeline.arithmetic.exponents import power
from pipeline.nn.compiled.buffers import Rule

Array = np.ndarray
_power = loop(power)
DESCENT, MOMENTUM, NESTEROV, ADAM = range(4)
CODES = {"descent": DESCENT, "momentum": MOMENTUM, "nesterov": NESTEROV, "adam": ADAM, "adamw": ADAM}


@loop
def _sign(w: float) -> float:
    """sgn(w), 0 at 0; NaN stays."""
    one = type(w)(1)
    return one if w > 0 else (-one if w < 0 else w)


@loop
def decay(w: Array, keep: float, step: float) -> None:
    """w ← (1 − ηλ₂) w − ηλ₁ sgn(w)."""
    for i in range(len(w)):
        w[i] = keep * w[i] - step * _sign(w[i])


@loop
def descend(w: Array, step: Array, keep: float, l1: float) -> None:
    """w ← (1 − ηλ₂) w − ηλ₁ sgn(w) + step."""
    for i in range(len(w)):
        w[i] = (keep * w[i] - l1 * _sign(w[i])) + step[i]


@loop
def add_bias(bias: Array, delta: Array, batch: int, m: int) -> None:
    """The bias row's share of a step, for when decay must not reach it: b ← b + Σ δ."""
    for r in range(batch):
        row = delta[r * m : (r + 1) * m]
        for j in range(m):
            bias[j] += row[j]


@loop
def follow(w: Array, velocity: Array, m: int, l2: float, l1: float) -> None:
    """W ← W + v, after the penalty's gradient (times η) has gone into the velocity of all but the m biases."""
    bias, speed = w[:m], velocity[:m]
    for j in range(m):
        bias[j] += speed[j]
    inner, v = w[m:], velocity[m:]
    if l2 == 0 and l1 == 0:
        for j in range(len(inner)):
            inner[j] += v[j]
        return
    for j in range(len(inner)):
        v[j] -= l2 * inner[j] + l1 * _sign(inner[j])
        inner[j] += v[j]


@loop
def clipped(gradient: Array, of_scales: Array, limit: float) -> float:
    """The factor that brings the norm of the whole gradient down to ``limit``; 1 if it is below, or limit is 0."""
    one = type(limit)(1)
    if limit == 0:
        return one
    total = 0.0
    for g in gradient:
        total += float(g) * float(g)
    for g in of_scales:
        total += float(g) * float(g)
    norm = math.sqrt(total)
    return type(limit)(limit / norm) if norm > limit else one


@loop
def change(
    rule: Rule, rate: float, g: Array, w: Array, first: Array, second: Array, updates: int, scale: float, keep: float,
    l2: float, l1: float,
) -> None:  # fmt: skip
    """w ← keep · w, and its change by the rule with −∇E′ = scale · g − λ₂w − λ₁ sgn(w), which takes the place of g."""
    for i in range(len(g)):
        g[i] = scale * g[i] - (l2 * w[i] + l1 * _sign(w[i]))
    if keep != 1:
        for i in range(len(w)):
            w[i] *= keep
    mu = rule.values[0]
    if rule.code == DESCENT:
        for i in range(len(g)):
            w[i] += rate * g[i]
    elif rule.code == ADAM:
        _adam(g, w, first, second, rate, mu, rule.values[1], rule.values[2], updates)
    else:
        ahead = rule.code == NESTEROV
        for i in range(len(g)):
            first[i] = mu * first[i] + rate * g[i]
            w[i] += mu * first[i] + rate * g[i] if ahead else first[i]


@loop
def split_scales(gradient: Array, base: Array, s: Array, of_scales: Array, m: int) -> None:
    """From g of W_1 = base · s to those of s, Σ_i g_ij base_ij, and of the base, g s; each input has m weights."""
    for j in range(len(s)):
        g, w = gradient[j * m : (j + 1) * m], base[j * m : (j + 1) * m]
        total = g.dtype.type(0)
        for i in range(m):
            total += g[i] * w[i]
            g[i] *= s[j]
        of_scales[j] = total


@loop
def join_scales(w: Array, base: Array, s: Array, m: int) -> None:
    """W_1 = base · s."""
    for j in range(len(s)):
        for i in range(j * m, (j + 1) * m):
            w[i] = base[i] * s[j]


@loop
def _adam(
    g: Array, w: Array, first: Array, second: Array, rate: float, beta1: float, beta2: float, epsilon: float,
    updates: int,
) -> None:  # fmt: skip
    one = w.dtype.type(1)
    scale1 = w.dtype.type(1.0 / (1.0 - _power(float(beta1), updates)))
    scale2 = w.dtype.type(1.0 / (1.0 - _power(float(beta2), updates)))
    for i in range(len(g)):
        first[i] = beta1 * first[i] + (one - beta1) * g[i]
        second[i] = beta2 * second[i] + (one - beta2) * (g[i] * g[i])
        w[i] += rate * (first[i] * scale1) / (math.sqrt(second[i] * scale2) + epsilon)
