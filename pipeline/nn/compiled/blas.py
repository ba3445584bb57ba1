"""GEMM from compiled code, through the same OpenBLAS that SciPy brings."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address

from pipeline.arithmetic.cache import intrinsic

_NAMES = {np.dtype(np.float32): "sgemm", np.dtype(np.float64): "dgemm"}
NO, YES = ord("N"), ord("T")


def gemm_address(dtype: np.dtype) -> int:
    """Where GEMM for ``dtype`` is in this process: an argument, since compiled code outlives the process.

    Raises:
        KeyError: the dtype is neither float32 nor float64.
    """
    return int(get_cython_function_address("scipy.linalg.cython_blas", _NAMES[np.dtype(dtype)]))


@intrinsic
def gemm(
    typing: Any, address: Any, ta: Any, tb: Any, m: Any, n: Any, k: Any,
    alpha: Any, a: Any, a_at: Any, lda: Any, b: Any, b_at: Any, ldb: Any, beta: Any, c: Any, c_at: Any, ldc: Any,
) -> Any:  # fmt: skip
    """C ← α op(A) op(B) + β C, column-major as in BLAS; A, B, C are flat arrays with the matrix at ``…_at``."""
    real, whole = a.dtype, types.int64
    signature = types.void(
        whole, whole, whole, whole, whole, whole,
        real, a, whole, whole, b, whole, whole, real, c, whole, whole,
    )  # fmt: skip

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte_pointer = ir.IntType(8).as_pointer()

        def by_reference(value: Any) -> Any:
            return builder.bitcast(cgutils.alloca_once_value(builder, value), byte_pointer)

        def narrowed(value: Any, bits: int) -> Any:
            return by_reference(builder.trunc(value, ir.IntType(bits)))

        def matrix(index: int) -> Any:
            array = context.make_array(signature.args[index])(context, builder, args[index])
            return builder.bitcast(builder.gep(array.data, [args[index + 1]]), byte_pointer)

        sizes = [narrowed(value, 32) for value in args[3:6]]
        arguments = [narrowed(args[1], 8), narrowed(args[2], 8), *sizes, by_reference(args[6])]
        arguments += [matrix(7), narrowed(args[9], 32), matrix(10), narrowed(args[12], 32)]
        arguments += [by_reference(args[13]), matrix(14), narrowed(args[16], 32)]
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer] * len(arguments)).as_pointer()
        builder.call(builder.inttoptr(args[0], kind), arguments)
        return context.get_dummy_value()

    return signature, codegen
