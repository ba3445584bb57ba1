"""How one network lies in the flat buffers of the compiled engine."""

import functools
from collections.abc import Sequence

import numpy as np

from pipeline.nn.activations import Kind, parse, uncompiled
from pipeline.nn.compiled.blas import gemm_address
from pipeline.nn.compiled.buffers import Net
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture

Array = np.ndarray
# Hidden layers are rounded up to a multiple of one of ROUND units, if that adds at most 1/FEW of them.
ROUND, FEW = (16, 8), 14
LINE = 64  # bytes of a cache line, where buffers start


def _places(counts: Sequence[int]) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def rounded_up(units: int) -> int:
    """Units with the dead ones that make its products whole vectors wide."""
    wanted = (-(-units // multiple) * multiple for multiple in ROUND)
    return next((some for some in wanted if (some - units) * FEW <= units), units)


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
    live = architecture.sizes[1:]
    sizes = (architecture.sizes[0], *map(rounded_up, live[:-1]), live[-1])
    units = sizes[1:]
    found = [parse(name) for name in architecture.activations]
    return Net(
        gemm_address(dtype),
        np.array(sizes, np.int64),
        np.array(live, np.int64),
        _places([(k + 1) * m for k, m in zip(sizes, units, strict=False)]),
        _places([batch * m for m in units]),
        _places([batch * (m + 1) for m in units]),
        _places(live[:-1]),
        np.array([activation.kind for activation in found], np.int64),
        np.array([activation.alpha for activation in found], dtype),
        np.array([activation.beta for activation in found], dtype),
        int(architecture.activations[-1] in LOSSES[architecture.loss].matched),
    )
