"""Our own matrix product, C ← A B + β C, compiled once and called by its address."""

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from pipeline.arithmetic.cache import Part, address_of, intrinsic
from pipeline.nn.compiled.tiles import LIMITS, VECTOR, lanes_of, tile

FULL = len(LIMITS) - 1  # vectors of the widest tile
NEAR = 8192  # numbers of C that are near anyway


def whole(width: int, itemsize: int) -> int:
    """``width`` rounded up to whole half vectors, which rows of B and C have to be."""
    lanes = VECTOR // 2 // itemsize
    return -(-width // lanes) * lanes


def _gemm(
    rows: int, width: int, depth: int, deep: int, a: Any, a_row: int, a_step: int, b: Any, b_row: int, beta: float,
    c: Any, c_row: int,
) -> None:  # fmt: skip
    """Panels of columns as even as they go, then tiles of rows: a tile of few rows waits for its own sums."""
    lanes = lanes_of(beta)
    vectors = width // lanes
    panels = (vectors + FULL - 1) // FULL
    odd = width > vectors * lanes
    far = int(beta != 0 and rows * c_row > NEAR)
    for low in range(0, depth, deep):
        some, share, column = min(deep, depth - low), (beta if low == 0 else type(beta)(1)), 0
        for panel in range(panels + odd):
            kind = vectors // panels + (panel < vectors % panels) if panel < panels else 0
            limit, row = LIMITS[kind], 0
            tiles = (rows + limit - 1) // limit
            few, more = rows // tiles, rows % tiles
            for part in range(tiles):
                count = few + (part < more)
                tile(
                    count, kind, some, a, row * a_row + low * a_step, a_row, a_step,
                    b, low * b_row + column, b_row, share, c, row * c_row + column, c_row, far,
                )  # fmt: skip
                row += count
            column += kind * lanes


def gemm_part(dtype: np.dtype) -> Part:
    """GEMM for ``dtype``.

    Raises:
        KeyError: the dtype is neither float32 nor float64.
    """
    real: Any = {np.dtype(np.float32): types.float32, np.dtype(np.float64): types.float64}[np.dtype(dtype)]
    number: Any = types.int64
    pointer: Any = types.CPointer(real)
    kinds = *(number,) * 4, pointer, number, number, pointer, number, real, pointer, number
    return Part(_gemm, types.void(*kinds))


@cache
def gemm_address(dtype: np.dtype) -> int:
    """Where it is in this process: an argument, since compiled code outlives the process."""
    return address_of(gemm_part(dtype))


@intrinsic
def gemm(
    typing: Any, address: Any, rows: Any, width: Any, depth: Any, deep: Any, a: Any, a_at: Any, a_row: Any, a_step: Any,
    b: Any, b_at: Any, b_row: Any, beta: Any, c: Any, c_at: Any, c_row: Any,
) -> Any:  # fmt: skip
    """C (rows, width) ← A (rows, depth) B (depth, width) + β C; C is not read where β is 0.

    A, B, C: flat arrays with the matrix at ``…_at``, its rows ``…_row`` apart; A's columns are ``a_step`` apart, so
    that it may lie transposed. width: whole half vectors. deep: after so many products a sum goes into C, and another
    begins; another ``deep`` gives other bits.
    """
    real, number = c.dtype, types.int64
    signature = types.void(
        number, number, number, number, number, a, number, number, number, b, number, number, real, c, number, number
    )

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def matrix(index: int) -> Any:
            array = context.make_array(signature.args[index])(context, builder, args[index])
            return builder.gep(array.data, [args[index + 1]])

        arguments = [*args[1:5], matrix(5), args[7], args[8], matrix(9), args[11], args[12], matrix(13), args[15]]
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments]).as_pointer()
        builder.call(builder.inttoptr(args[0], kind), arguments)
        return context.get_dummy_value()

    return signature, codegen
