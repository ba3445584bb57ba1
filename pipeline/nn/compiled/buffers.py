"""What compiled code is handed: one network, its rows and its rule, as flat arrays and plain numbers."""

from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.cache import borrowed, inlined

Array = np.ndarray


class Net(NamedTuple):
    """Shapes and places. ``…_at``: where each layer starts in the flat buffers; kinds, alpha, beta: activations.

    sizes: m_0 … m_L; wide: m_1 … m_L rounded up to whole half vectors, the width of rows of W_l, v and δ, 0 beyond m_l.
    """

    gemm: int
    sizes: Array
    wide: Array
    w_at: Array
    v_at: Array
    y_at: Array
    u_at: Array
    kinds: Array
    alpha: Array
    beta: Array
    matched: int


class Space(NamedTuple):
    """Buffers of one batch: v (which becomes δ), Y with the 1-column, φ′ where it is kept, ∂E/∂W where it is formed.

    slope: as long as v for every network, so that an activation may keep φ′ without being named elsewhere; what none
    writes to costs no memory. x, d: rows that are gathered right before they are used.
    """

    v: Array
    y: Array
    slope: Array
    gradient: Array
    x: Array
    d: Array
    turned: Array


class Flat(NamedTuple):
    """Flat data: x (rows, m_0+1), d (rows, m_L), u (rows, hidden units) or empty, importance (rows,) or empty.

    order: empty for all rows as they come, else the rows of x and d to take; u and importance are in that order.
    """

    x: Array
    d: Array
    u: Array
    importance: Array
    order: Array


class Rule(NamedTuple):
    """An update rule: its code, whether it needs ∂E/∂W itself, then arrays of one dtype.

    values: μ (or β₁), β₂, ε, clip, λ₂, λ₁, keep, λ of the decay beside the gradient, factor of the biases' η. rates: η
    of each layer, and of the inputs' scales if they are trained.
    """

    code: int
    formed: bool
    values: Array
    rates: Array


class Learned(NamedTuple):
    """The weights, first and second moments, all flat and of one layout, and the number of updates made, (1,).

    base: W_1 without the inputs' scales, biases included; scales: these (4, m_0): s, its two moments and −∂E/∂s; both
    are empty where no scales are trained.
    """

    w: Array
    first: Array
    second: Array
    updates: Array
    base: Array
    scales: Array


@inlined
def bare(net: Net, rule: Rule, rows: Flat, space: Space, learned: Learned) -> tuple[Net, Rule, Flat, Space, Learned]:
    """The same arrays without reference counts."""
    places = borrowed(net.w_at), borrowed(net.v_at), borrowed(net.y_at), borrowed(net.u_at)
    units = borrowed(net.kinds), borrowed(net.alpha), borrowed(net.beta)
    buffers = borrowed(space.v), borrowed(space.y), borrowed(space.slope), borrowed(space.gradient)
    moments = borrowed(learned.w), borrowed(learned.first), borrowed(learned.second)
    return (
        Net(net.gemm, borrowed(net.sizes), borrowed(net.wide), *places, *units, net.matched),
        Rule(rule.code, rule.formed, borrowed(rule.values), borrowed(rule.rates)),
        Flat(borrowed(rows.x), borrowed(rows.d), borrowed(rows.u), borrowed(rows.importance), borrowed(rows.order)),
        Space(*buffers, borrowed(space.x), borrowed(space.d), borrowed(space.turned)),
        Learned(*moments, borrowed(learned.updates), borrowed(learned.base), borrowed(learned.scales)),
    )
