"""What compiled code is handed: one network, its rows and its rule, as flat arrays and plain numbers."""

from typing import NamedTuple

from pipeline.arithmetic.handing import Numbers, Places, Table


class Net(NamedTuple):
    """Shapes and places. ``…_at``: where each layer starts in the flat buffers; kinds, alpha, beta: activations.

    gemm, forward, backward: addresses of what is compiled by itself, for all that trains or looks at a network.

    sizes: m_0 … m_L; wide: m_1 … m_L rounded up to whole half vectors, the width of rows of W_l, v and δ, 0 beyond m_l.
    """

    gemm: int
    forward: int
    backward: int
    sizes: Places
    wide: Places
    w_at: Places
    v_at: Places
    y_at: Places
    u_at: Places
    kinds: Places
    alpha: Numbers
    beta: Numbers
    matched: int


class Space(NamedTuple):
    """Buffers of one batch: v (which becomes δ), Y with the 1-column, φ′ where it is kept, ∂E/∂W where it is formed.

    slope: as long as v for every network, so that an activation may keep φ′ without being named elsewhere; what none
    writes to costs no memory. x, d: rows that are gathered right before they are used.
    """

    v: Numbers
    y: Numbers
    slope: Numbers
    gradient: Numbers
    x: Numbers
    d: Numbers
    turned: Numbers


class Flat(NamedTuple):
    """Flat data: x (rows, m_0+1), d (rows, m_L), u (rows, hidden units) or empty, importance (rows,) or empty.

    order: empty for all rows as they come, else the rows of x and d to take; u and importance are in that order.
    """

    x: Numbers
    d: Numbers
    u: Numbers
    importance: Numbers
    order: Places


class Rule(NamedTuple):
    """An update rule: its code, 1 if it needs ∂E/∂W itself, else 0, then arrays of one dtype.

    values: μ (or β₁), β₂, ε, clip, λ₂, λ₁, keep, λ of the decay beside the gradient, factor of the biases' η,
    λ₁ of the proximal step. rates: η of each layer, and of the inputs' scales if they are trained.
    """

    code: int
    formed: int
    values: Numbers
    rates: Numbers


class Learned(NamedTuple):
    """The weights, first and second moments, all flat and of one layout, and the number of updates made, (1,).

    base: W_1 without the inputs' scales, biases included; scales: these (4, m_0): s, its two moments and −∂E/∂s; both
    are empty where no scales are trained.
    """

    w: Numbers
    first: Numbers
    second: Numbers
    updates: Places
    base: Numbers
    scales: Table


class Known(NamedTuple):
    """All but the rows: what an engine has for as long as it lives."""

    net: Net
    rule: Rule
    space: Space
    learned: Learned
