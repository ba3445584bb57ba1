"""Steps: forward, backward and update for one batch after the other (notes §3, §6)."""

import numpy as np

from pipeline.arithmetic.cache import inlined, loop
from pipeline.arithmetic.handing import call, lend
from pipeline.nn.compiled.buffers import Flat, Learned, Net, Rule, Space
from pipeline.nn.compiled.gather import gather
from pipeline.nn.compiled.passes import Handed, below
from pipeline.nn.compiled.products import add_outer, scaled
from pipeline.nn.compiled.updates import (
    DESCENT,
    MOMENTUM,
    add_bias,
    change,
    clipped,
    decay,
    descend,
    follow,
    join_scales,
    shrink,
    split_scales,
)

Array = np.ndarray
PART = 334  # rows of a large batch that go forward and back together: what they need stays in the cache


@inlined
def fold(net: Net, first: int, rule: Rule, rows: Flat, space: Space, learned: Learned, start: int, batch: int) -> None:
    """Descent and momentum: the gradient is never formed, its factors go into the weights or the velocity."""
    mu, l2, l1 = rule.values[0], rule.values[4], rule.values[5]
    one = learned.w.dtype.type(1)
    for layer in range(first, len(net.sizes) - 1):
        k, m, rate = net.sizes[layer] + 1, net.wide[layer], rule.rates[layer]
        src, src_at, stride = below(net, layer, rows, space, start)
        w_at, d_at = net.w_at[layer], net.v_at[layer]
        delta = space.v[d_at : d_at + batch * m]
        scaled(delta, rate / delta.dtype.type(batch))
        if rule.code == MOMENTUM:
            add_outer(net.gemm, src, src_at, stride, delta, 0, mu, learned.first, w_at, batch, k, m)
            follow(learned.w[w_at : w_at + k * m], learned.first[w_at : w_at + k * m], m, rate * l2, rate * l1)
            continue
        if l1 != 0:
            decay(learned.w[w_at + m : w_at + k * m], one - rate * l2, rate * l1)
        if l2 == 0 or l1 != 0:
            add_outer(net.gemm, src, src_at, stride, delta, 0, one, learned.w, w_at, batch, k, m)
        else:
            beta, at = one - rate * l2, w_at + m
            add_outer(net.gemm, src, src_at + 1, stride, delta, 0, beta, learned.w, at, batch, k - 1, m)
            add_bias(learned.w[w_at : w_at + m], delta, batch, m)


@inlined
def shrink_layers(net: Net, rule: Rule, learned: Learned) -> None:
    """L1's proximal step for all weights but the biases, where it has one."""
    if rule.values[9] != 0:
        for layer in range(len(net.sizes) - 1):
            low, high = net.w_at[layer] + net.wide[layer], net.w_at[layer + 1]
            shrink(learned.w[low:high], rule.rates[layer] * rule.values[9])


@inlined
def taken(net: Net, rows: Flat, space: Space, at: int, size: int) -> tuple[Flat, int]:
    """The rows ``at`` … and where they begin: as they lie, or gathered right before they are used."""
    if len(rows.order) == 0:
        return rows, at
    order, stride = rows.order[at : at + size], net.u_at[-1]
    gather(rows.x, order, net.sizes[0] + 1, space.x)
    gather(rows.d, order, net.sizes[-1], space.d)
    u = rows.u[at * stride : (at + size) * stride]
    d = space.d[: size * net.sizes[-1]]
    return Flat(space.x, d, u, rows.importance[at : at + size], rows.order[:0]), 0


@inlined
def collect(
    net: Net, rule: Rule, rows: Flat, space: Space, learned: Learned, start: int, count: int, target: Array,
    formed: int,
) -> None:  # fmt: skip
    """Add up −∂E/∂W over ``count`` rows, ``PART`` at a time, in ``target``: gradient or velocity, flat as the weights.

    Without ``formed`` it is η times that, on top of μ times what the velocity was.
    """
    one, keep = learned.w.dtype.type(1), rule.values[6]
    beta = rule.values[0] if rule.code == MOMENTUM and not formed else learned.w.dtype.type(0)
    for at in range(start, start + count, PART):
        size = min(PART, start + count - at)
        part, first = taken(net, rows, space, at, size)
        lent = lend(Handed(net, part, space, learned.w))
        call(net.forward, lent, 0, first, size, keep)
        call(net.backward, lent, 0, first, size, keep)
        for layer in range(len(net.sizes) - 1):
            k, m, d_at = net.sizes[layer] + 1, net.wide[layer], net.v_at[layer]
            src, src_at, stride = below(net, layer, part, space, first)
            delta = space.v[d_at : d_at + size * m]
            scaled(delta, (one if formed else rule.rates[layer]) / delta.dtype.type(count))
            add_outer(net.gemm, src, src_at, stride, delta, 0, beta, target, net.w_at[layer], size, k, m)
        beta = one


@inlined
def apply(net: Net, rule: Rule, space: Space, learned: Learned, formed: int) -> None:
    """Change the weights by what ``collect`` has added up, penalties included, biases exempt."""
    if formed:
        apply_formed(net, rule, space.gradient, learned)
        return
    zero, one, l2, l1 = learned.w.dtype.type(0), learned.w.dtype.type(1), rule.values[4], rule.values[5]
    for layer in range(len(net.sizes) - 1):
        m, low, high, rate = net.wide[layer], net.w_at[layer], net.w_at[layer + 1], rule.rates[layer]
        if rule.code == MOMENTUM:
            follow(learned.w[low:high], learned.first[low:high], m, rate * l2, rate * l1)
        else:
            descend(learned.w[low : low + m], space.gradient[low : low + m], one, zero)
            descend(learned.w[low + m : high], space.gradient[low + m : high], one - rate * l2, rate * l1)
    shrink_layers(net, rule, learned)


@loop
def apply_formed(net: Net, rule: Rule, gradient: Array, learned: Learned) -> None:
    """By ∂E/∂W itself; with trained scales, W_1 is changed through its base and them."""
    one, zero, l2, l1 = learned.w.dtype.type(1), learned.w.dtype.type(0), rule.values[4], rule.values[5]
    updates, m_1, end, by_scales = learned.updates[0], net.wide[0], net.w_at[1], len(learned.base) > 0
    s, of_scales = learned.scales[0], learned.scales[3]
    if by_scales:
        split_scales(gradient[m_1:end], learned.base[m_1:], s, of_scales, m_1)
    scale = clipped(gradient, of_scales, rule.values[3])
    for layer in range(len(net.sizes) - 1):
        m, low, high, rate = net.wide[layer], net.w_at[layer], net.w_at[layer + 1], rule.rates[layer]
        w = learned.base if by_scales and layer == 0 else learned.w[low:high]
        g, first, second = gradient[low:high], learned.first[low:high], learned.second[low:high]
        change(rule, rate * rule.values[8], g[:m], w[:m], first[:m], second[:m], updates, scale, one, zero, zero)
        keep = one - rate * rule.values[7]
        change(rule, rate, g[m:], w[m:], first[m:], second[m:], updates, scale, keep, l2, l1)
        if rule.values[9] != 0:
            shrink(w[m:], rate * rule.values[9])
    if by_scales:
        rate = rule.rates[len(rule.rates) - 1]
        change(rule, rate, of_scales, s, learned.scales[1], learned.scales[2], updates, scale, one, zero, zero)
        for j in range(m_1):
            learned.w[j] = learned.base[j]
        join_scales(learned.w[m_1:end], learned.base[m_1:], s, m_1)


@inlined
def train_batches(net: Net, rule: Rule, rows: Flat, space: Space, learned: Learned, batch: int) -> None:
    """All rows as they lie, ``batch`` at a time, the last with what is left; for batches of at most ``PART`` rows."""
    count = len(rows.d) // net.sizes[-1]
    keep, lent = rule.values[6], lend(Handed(net, rows, space, learned.w))
    for start in range(0, count, batch):
        size = min(batch, count - start)
        call(net.forward, lent, 0, start, size, keep)
        call(net.backward, lent, 0, start, size, keep)
        learned.updates[0] += 1
        fold(net, 0, rule, rows, space, learned, start, size)
        shrink_layers(net, rule, learned)


@inlined
def train_collecting(net: Net, rule: Rule, rows: Flat, space: Space, learned: Learned, batch: int) -> None:
    """As ``train_batches``, for large batches, and for rules that need ∂E/∂W itself."""
    count = len(rows.order) if len(rows.order) else len(rows.d) // net.sizes[-1]
    formed = rule.formed
    target = space.gradient if formed or rule.code == DESCENT else learned.first
    for start in range(0, count, batch):
        size = min(batch, count - start)
        collect(net, rule, rows, space, learned, start, size, target, formed)
        learned.updates[0] += 1
        apply(net, rule, space, learned, formed)
