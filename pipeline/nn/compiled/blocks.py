"""Small batches on a wide first layer: many steps for the price of a few GEMMs, and still the same steps.

The first layer's inputs are data, known before training gets to them. Over a block of batches its weights W and
velocity V are left alone, and each batch t sees what they would have become by the steps s < t through the products
of the examples (docs/decisions/0009). With g_s = (η/b) δ_sᵀ x_s, momentum and decay are a linear recurrence,
    V_{t+1} = μ V_t + g_t − ηλ W_t,   W_{t+1} = W_t + V_{t+1},
so that W_t = a_t W + b_t V + Σ c_{t−s} g_s, V_t = p_t W + q_t V + Σ r_{t−s} g_s, and the fields of batch t are
    v_t = a_t (x_t W) + b_t (x_t V) + Σ c_{t−s} (η/b) (x_t · x_s) δ_s.
One GEMM gives all x W, one all x_s · x_t, and one adds all steps to W; with momentum, one more of the first and last.
Descent is the case μ = 0 without V. Biases do the same with λ = 0.
"""

from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.cache import inlined, loop
from pipeline.arithmetic.handing import Numbers, Table, call, lend
from pipeline.nn.compiled.buffers import Flat, Learned, Net, Rule, Space
from pipeline.nn.compiled.gemm import gemm
from pipeline.nn.compiled.passes import Handed
from pipeline.nn.compiled.products import DEEP, add_outer, fields, row_times
from pipeline.nn.compiled.steps import fold
from pipeline.nn.compiled.turning import PANEL, turn
from pipeline.nn.compiled.updates import MOMENTUM

Array = np.ndarray
STRIP = 16  # rows of the Gram matrix at a time


class Block(NamedTuple):
    """Buffers of a block of rows, flat.

    at_w, at_v: x W and x V, (rows, m_1); delta: (η/b) δ, (rows, m_1); weighed: the same times c or r; gram: x_s · x_t,
    (rows, PANEL), biases left out; mix: what δ_s is weighed with in one batch, (batch, PANEL); weights, biases: the
    coefficients a, b, c, p, q, r after 0, 1, … steps, (6, steps+1); turned: the block's x transposed, (m_0, PANEL).
    """

    at_w: Numbers
    at_v: Numbers
    delta: Numbers
    weighed: Numbers
    gram: Numbers
    mix: Table
    weights: Table
    biases: Table
    turned: Numbers


@loop
def respond(table: Array, mu: float, decay: float) -> None:
    """Fill a table of coefficients by following the recurrence from W = 1, from V = 1, and from one step g = 1."""
    for start in range(3):
        w, v = (1.0 if start == 0 else 0.0), (1.0 if start == 1 else 0.0)
        for t in range(table.shape[1]):
            table[start, t] = w
            table[3 + start, t] = v
            v = mu * v - decay * w + (1.0 if start == 2 and t == 0 else 0.0)
            w += v


@inlined
def _gram(net: Net, rows: Flat, start: int, size: int, block: Block) -> None:
    """The lower triangle of X Xᵀ, and what comes with it, in strips."""
    k, zero = net.sizes[0], block.gram.dtype.type(0)
    x, at, stride = rows.x, start * (k + 1) + 1, k + 1
    turn(x, at, stride, size, k, block.turned, 0)
    for low in range(0, size, STRIP):
        count = min(STRIP, size - low)
        mine, wide, to = at + low * stride, min(PANEL, low + STRIP), low * PANEL
        gemm(net.gemm, count, wide, k, DEEP, x, mine, stride, 1, block.turned, 0, PANEL, zero, block.gram, to, PANEL)


@loop
def _mixed(mix: Array, gram: Array, weights: Array, biases: Array, row: int, batch: int, step: int) -> None:
    """c_{t−s} (x_t · x_s) for weights, plus c_{t−s} for biases, for rows ``row`` … of batch number ``step``."""
    for r in range(batch):
        out, products = mix[r], gram[(row + r) * PANEL : (row + r) * PANEL + row]
        for past in range(step):
            c, c_bias = weights[2, step - past], biases[2, step - past]
            for s in range(past * (row // step), (past + 1) * (row // step)):
                out[s] = c * products[s] + c_bias


@loop
def _begin(
    v: Array, at_w: Array, at_v: Array, bias: Array, speed: Array, weights: Array, biases: Array, step: int,
    batch: int, m: int,
) -> None:  # fmt: skip
    """v ← a (x W) + b (x V), and the same for the biases."""
    a, b = weights[0, step], weights[1, step]
    for r in range(batch):
        out, w = v[r * m : (r + 1) * m], at_w[r * m : (r + 1) * m]
        for j in range(m):
            out[j] = a * w[j] + biases[0, step] * bias[j]
        if len(at_v):
            x = at_v[r * m : (r + 1) * m]
            for j in range(m):
                out[j] += b * x[j] + biases[1, step] * speed[j]


@inlined
def _fields_now(net: Net, block: Block, space: Space, learned: Learned, row: int, batch: int, step: int) -> None:
    """v of the batch at ``row``, number ``step`` of the block, with all steps before it counted in."""
    m, at = net.wide[0], net.v_at[0]
    v, one = space.v[at : at + batch * m], space.v.dtype.type(1)
    at_w, at_v = block.at_w[row * m : (row + batch) * m], block.at_v[row * m : (row + batch) * m]
    _begin(v, at_w, at_v, learned.w[:m], learned.first[:m], block.weights, block.biases, step, batch, m)
    if row == 0:
        return
    _mixed(block.mix, block.gram, block.weights, block.biases, row, batch, step)
    if batch == 1:
        row_times(block.delta[: row * m], block.mix[0, :row], v, True)
    else:
        flat = block.mix.reshape(-1)
        gemm(net.gemm, batch, m, row, DEEP, flat, 0, PANEL, 1, block.delta, 0, m, one, space.v, at, m)


@loop
def _weigh(
    delta: Array, weighed: Array, coefficients: Array, bias: Array, bias_coefficients: Array, batch: int, m: int,
) -> None:  # fmt: skip
    """Each row of δ times the coefficient of the steps that come after it; the biases' sum is added at once."""
    rows, steps = len(delta) // m, (len(delta) // m + batch - 1) // batch
    for r in range(rows):
        left = steps - r // batch
        c, c_bias = coefficients[left], bias_coefficients[left]
        source, out = delta[r * m : (r + 1) * m], weighed[r * m : (r + 1) * m]
        for j in range(m):
            out[j] = c * source[j]
            bias[j] += c_bias * source[j]


@loop
def _drift(w: Array, v: Array, table: Array, steps: int) -> None:
    """(W, V) ← (aW + bV, pW + qV): where they get without new gradients."""
    a, b, p, q = table[0, steps], table[1, steps], table[3, steps], table[4, steps]
    if len(v) == 0:
        if a != 1:
            for i in range(len(w)):
                w[i] *= a
        return
    for i in range(len(w)):
        w_i, v_i = w[i], v[i]
        w[i] = a * w_i + b * v_i
        v[i] = p * w_i + q * v_i


@inlined
def _finish(net: Net, block: Block, rows: Flat, learned: Learned, start: int, size: int, batch: int) -> None:
    """All the block's steps go into W and V."""
    m, k, steps = net.wide[0], net.sizes[0], (size + batch - 1) // batch
    low, high, at, one = m, (k + 1) * m, start * (k + 1) + 1, learned.w.dtype.type(1)
    _drift(learned.w[:m], learned.first[:m], block.biases, steps)
    _drift(learned.w[low:high], learned.first[low:high], block.weights, steps)
    delta, weighed = block.delta[: size * m], block.weighed
    _weigh(delta, weighed, block.weights[2], learned.w[:m], block.biases[2], batch, m)
    add_outer(net.gemm, rows.x, at, k + 1, weighed, 0, one, learned.w, low, size, k, m)
    if len(block.at_v):
        _weigh(delta, weighed, block.weights[5], learned.first[:m], block.biases[5], batch, m)
        add_outer(net.gemm, rows.x, at, k + 1, weighed, 0, one, learned.first, low, size, k, m)


@inlined
def train_blocks(net: Net, rule: Rule, rows: Flat, space: Space, block: Block, learned: Learned, batch: int) -> None:
    """All rows, ``batch`` at a time, in blocks of as many rows as ``block`` holds (a multiple of the batch)."""
    count, m, k = len(rows.d) // net.sizes[-1], net.wide[0], net.sizes[0]
    side, keep, rate = len(block.at_w) // m, rule.values[6], rule.rates[0]
    mu = rule.values[0] if rule.code == MOMENTUM else rule.values.dtype.type(0)
    respond(block.weights, mu, rate * rule.values[4])
    respond(block.biases, mu, 0.0)
    lent = lend(Handed(net, rows, space, learned.w))
    for start in range(0, count, side):
        size = min(side, count - start)
        at = start * (k + 1) + 1
        fields(net.gemm, learned.w, m, rows.x, at, k + 1, block.at_w, 0, size, k, m)
        if len(block.at_v):
            fields(net.gemm, learned.first, m, rows.x, at, k + 1, block.at_v, 0, size, k, m)
        _gram(net, rows, start, size, block)
        for row in range(0, size, batch):
            some = min(batch, size - row)
            _fields_now(net, block, space, learned, row, some, row // batch)
            call(net.forward, lent, 1, start + row, some, keep)
            call(net.backward, lent, 1, start + row, some, keep)
            learned.updates[0] += 1
            fold(net, 1, rule, rows, space, learned, start + row, some)
            step = rate / learned.w.dtype.type(some)
            for i in range(some * m):
                block.delta[row * m + i] = step * space.v[net.v_at[0] + i]
        _finish(net, block, rows, learned, start, size, batch)
