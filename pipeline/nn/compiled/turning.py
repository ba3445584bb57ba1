"""Matrices turned, squares of 8 × 8 numbers at a time in registers: no number changes, so no bit does."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from pipeline.arithmetic.cache import intrinsic, loop
from pipeline.nn.compiled.tiles import SHORT, WORD

Array = np.ndarray
PANEL = 32  # rows that are turned at a time: the width of what comes out
SQUARE = 8


@intrinsic
def _turn_square(typing: Any, a: Any, a_at: Any, a_row: Any, out: Any, out_at: Any) -> Any:
    """out's 8 rows, PANEL apart ← the columns of a's 8 rows, ``a_row`` apart."""
    signature = types.void(a, types.int64, types.int64, out, types.int64)
    scalar = ir.FloatType() if a.dtype == types.float32 else ir.DoubleType()
    vector, size = ir.VectorType(scalar, SQUARE), int(a.dtype.bitwidth) // 8

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def row(index: int, begin: Any, step: Any, i: int) -> Any:
            data = context.make_array(signature.args[index])(context, builder, args[index]).data
            at = builder.gep(data, [builder.add(begin, builder.mul(step, WORD(i)))])
            return builder.bitcast(at, vector.as_pointer())

        def mixed(one: Any, other: Any, lanes: list[int]) -> Any:
            return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(SHORT, SQUARE), lanes))

        rows = [builder.load(row(0, args[1], args[2], i), align=size) for i in range(SQUARE)]
        for side in (4, 2, 1):  # squares of this side beside the diagonal change places
            for i in (i for i in range(SQUARE) if not i & side):
                one, other = rows[i], rows[i + side]
                rows[i] = mixed(one, other, [c - side + SQUARE if c & side else c for c in range(SQUARE)])
                rows[i + side] = mixed(one, other, [c + SQUARE if c & side else c + side for c in range(SQUARE)])
        for i, value in enumerate(rows):
            builder.store(value, row(3, args[4], WORD(PANEL), i), align=size)
        return context.get_dummy_value()

    return signature, codegen


@loop
def turn(a: Array, a_at: int, a_row: int, rows: int, width: int, out: Array, out_at: int) -> None:
    """out (width, PANEL) ← Aᵀ, for at most PANEL rows of A (rows, width); zeros beside it."""
    squares, whole = rows // SQUARE * SQUARE, width // SQUARE * SQUARE
    for i in range(0, squares, SQUARE):
        for j in range(0, whole, SQUARE):
            _turn_square(a, a_at + i * a_row + j, a_row, out, out_at + j * PANEL + i)
    for j in range(width):
        line = out[out_at + j * PANEL : out_at + (j + 1) * PANEL]
        for i in range(squares if j < whole else 0, rows):
            line[i] = a[a_at + i * a_row + j]
        for i in range(rows, PANEL):
            line[i] = a.dtype.type(0)
