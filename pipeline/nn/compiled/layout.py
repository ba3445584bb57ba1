"""How one network lies in the flat buffers of the compiled engine."""

import functools
from collections.abc import Sequence

import numpy as np

from pipeline.nn.activations import Kind, parse, uncompiled
from pipeline.nn.compiled.buffers import Net
from pipeline.nn.compiled.gemm import gemm_address, whole
from pipeline.nn.compiled.passes import pass_addresses
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture

Array = np.ndarray
LINE = 64  # bytes of a cache line, where buffers start


def _places(counts: Sequence[int]) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def zeros(size: int, dtype: np.dtype) -> Array:
    """Zeros (size,) that start with a cache line: a sixth faster to multiply by than those that do not."""
    spare = LINE // dtype.itemsize
    buffer = np.zeros(size + spare, dtype)
    start = -(buffer.ctypes.data // dtype.itemsize) % spare
    return buffer[start : start + size]


def ones_beside_zeros(net: Net, batch: int, dtype: np.dtype) -> Array:
    """Y of all layers: 1 in the columns of the biases, 0 elsewhere."""
    y = zeros(int(net.y_at[-1]), dtype)
    for at, units in zip(net.y_at, net.sizes[1:], strict=False):
        y[at : at + batch * (units + 1)].reshape(batch, units + 1)[:, 0] = 1
    return y


@functools.lru_cache(maxsize=64)
def describe(architecture: Architecture, dtype: np.dtype, batch: int) -> Net:
    """Shapes, places and activations as plain numbers; who gets them does not write to them.

    Raises:
        ValueError: there is an activation that is not compiled.
    """
    if lacking := uncompiled(architecture.activations):
        raise ValueError(
            f"the compiled engine has no {', '.join(lacking)}: it has {', '.join(Kind.__members__).lower()}"
        )
    sizes, wide = architecture.sizes, [whole(units, dtype.itemsize) for units in architecture.sizes[1:]]
    found = [parse(name) for name in architecture.activations]
    return Net(
        gemm_address(dtype),
        *pass_addresses(dtype),
        np.array(sizes, np.int64),
        np.array(wide, np.int64),
        _places([(k + 1) * m for k, m in zip(sizes, wide, strict=False)]),
        _places([batch * m for m in wide]),
        _places([batch * (m + 1) for m in sizes[1:]]),
        _places(sizes[1:-1]),
        np.array([activation.kind for activation in found], np.int64),
        np.array([activation.alpha for activation in found], dtype),
        np.array([activation.beta for activation in found], dtype),
        int(architecture.activations[-1] in LOSSES[architecture.loss].matched),
    )
