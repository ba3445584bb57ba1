"""The two passes over one batch, forward and back (notes §3): compiled once for each precision, called by address.

All that trains or looks at a network needs them, so that each part compiled for itself would compile them again.
"""

from functools import cache
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types

from pipeline.arithmetic.cache import Part, address_of, inlined
from pipeline.arithmetic.handing import Numbers, taken_as
from pipeline.nn.compiled.buffers import Flat, Net, Space
from pipeline.nn.compiled.products import errors, fields
from pipeline.nn.compiled.units import activate, drop_tiny, output_error, thin, thin_error, times_slope, weigh

Array = np.ndarray


class Handed(NamedTuple):
    """What a pass is handed: w is the flat weights, ``learned.w``."""

    net: Net
    rows: Flat
    space: Space
    w: Numbers


_taken = taken_as(Handed)


@inlined
def below(net: Net, layer: int, rows: Flat, space: Space, start: int) -> tuple[Array, int, int]:
    """What feeds ``layer``: the flat array, where its rows begin, and their width with the 1-column."""
    width = net.sizes[layer] + 1
    if layer == 0:
        return rows.x, start * width, width
    return space.y, net.y_at[layer - 1], width


@inlined
def _finish_layer(net: Net, layer: int, rows: Flat, space: Space, start: int, batch: int, keep: float) -> None:
    """From v of a layer to its y, thinned by dropout if it is a hidden one."""
    m, wide, v_at, y_at = net.sizes[layer + 1], net.wide[layer], net.v_at[layer], net.y_at[layer]
    y = space.y[y_at : y_at + batch * (m + 1)]
    v, slope = space.v[v_at : v_at + batch * wide], space.slope[v_at : v_at + batch * wide]
    activate(net.kinds[layer], net.alpha[layer], net.beta[layer], v, y, slope, batch, m, wide)
    hidden = layer < len(net.sizes) - 2
    if hidden and len(rows.u):
        stride = net.u_at[-1]
        thin(y, rows.u[start * stride :], net.u_at[layer], stride, keep, batch, m)


@inlined
def _forward(net: Net, ready: int, rows: Flat, space: Space, w: Array, start: int, batch: int, keep: float) -> None:
    """v_l = W_l [1 y_{l−1}], y_l = φ(v_l); v of the first ``ready`` layers is there already."""
    for layer in range(len(net.sizes) - 1):
        if layer >= ready:
            k, wide = net.sizes[layer] + 1, net.wide[layer]
            src, src_at, stride = below(net, layer, rows, space, start)
            fields(net.gemm, w, net.w_at[layer], src, src_at, stride, space.v, net.v_at[layer], batch, k, wide)
        _finish_layer(net, layer, rows, space, start, batch, keep)


@inlined
def _backward(net: Net, rows: Flat, space: Space, w: Array, start: int, batch: int, keep: float) -> None:
    """δ_L = (d − y_L) · φ′(v_L), δ_l = W̲ᵀ_{l+1} δ_{l+1} · φ′(v_l); each takes the place of v_l."""
    last = len(net.sizes) - 2
    for layer in range(last, -1, -1):
        m, wide, v_at, y_at = net.sizes[layer + 1], net.wide[layer], net.v_at[layer], net.y_at[layer]
        e, slope = space.v[v_at : v_at + batch * wide], space.slope[v_at : v_at + batch * wide]
        y = space.y[y_at : y_at + batch * (m + 1)]
        if layer == last:
            output_error(rows.d[start * m : (start + batch) * m], y, e, batch, m, wide)
        else:
            above, units = net.wide[layer + 1], net.sizes[layer + 2]
            w_at, above_at = net.w_at[layer + 1] + above, net.v_at[layer + 1]
            errors(
                net.gemm, w, w_at, above, space.v, above_at, space.v, v_at, space.turned, batch, m, units, wide
            )  # fmt: skip
            if len(rows.u):
                stride = net.u_at[-1]
                thin_error(e, rows.u[start * stride :], net.u_at[layer], stride, keep, batch, m, wide)
        if layer < last or not net.matched:
            scale = keep if layer < last and len(rows.u) else e.dtype.type(1)
            times_slope(net.kinds[layer], net.alpha[layer], net.beta[layer], scale, e, y, slope, batch, m, wide)
        if layer == last and len(rows.importance):
            weigh(e, rows.importance[start : start + batch], batch, wide)
        drop_tiny(e)


def _go_forward(lent: Any, ready: int, start: int, batch: int, keep: float) -> None:
    net, rows, space, w = _taken(lent, keep)
    _forward(net, ready, rows, space, w, start, batch, keep)


def _go_backward(lent: Any, ready: int, start: int, batch: int, keep: float) -> None:
    net, rows, space, w = _taken(lent, keep)
    _backward(net, rows, space, w, start, batch, keep)


def pass_parts(dtype: np.dtype) -> tuple[Part, Part]:
    """The passes forward and back for ``dtype``."""
    whole: Any = types.int64
    signature = types.void(types.voidptr, whole, whole, whole, numba.from_dtype(np.dtype(dtype)))
    return Part(_go_forward, signature), Part(_go_backward, signature)


@cache
def pass_addresses(dtype: np.dtype) -> tuple[int, int]:
    """Where they are in this process."""
    forward, backward = pass_parts(dtype)
    return address_of(forward), address_of(backward)
