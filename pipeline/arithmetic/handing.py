"""What compiled code is handed by its address: tuples of flat arrays, as they lie in memory.

Numba takes each array of an argument apart by instructions of their own, which take a second to compile and
microseconds to run for the forty arrays of a network. Here a tuple is packed once, and what is called by its address
reads it as its own.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_type_hints

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from pipeline.arithmetic.cache import Part, address_of, intrinsic, without_counts

# The arrays of a tuple that can be handed; all are contiguous.
Places = Annotated[np.ndarray, "int64, (n,)"]
Numbers = Annotated[np.ndarray, "float, (n,)"]
Table = Annotated[np.ndarray, "float, (m, n)"]
PLACE = np.dtype(np.int64)
Entry = Callable[[int, int, int, int], None]


def kind_of(part: Any, real: Any) -> Any:
    """Numba's type of a named tuple, of an array or of a whole number, in the precision ``real``."""
    if hasattr(part, "_fields"):
        inner = get_type_hints(part, include_extras=True)
        return types.BaseTuple.from_types([kind_of(inner[name], real) for name in part._fields], part)
    known: dict[Any, Any] = {
        int: types.int64,
        Places: types.Array(types.int64, 1, "C"),
        Numbers: types.Array(real, 1, "C"),
        Table: types.Array(real, 2, "C"),
    }
    return known[part]


def packed(value: Any, dtype: np.dtype) -> np.ndarray:
    """A tuple as compiled code has it, in words (n,) int64. Who hands them over keeps it, for they name its arrays.

    Raises:
        ValueError: an array is not contiguous, or neither of ``dtype`` nor int64: it would be read as what it is not.
    """
    return np.array(_words(value, (dtype, PLACE)), np.int64)


def address(array: np.ndarray) -> int:
    """Where its first number lies."""
    found: int = array.__array_interface__["data"][0]
    return found


def _words(value: Any, allowed: tuple[np.dtype, np.dtype]) -> list[int]:
    if isinstance(value, tuple):
        return [word for part in value for word in _words(part, allowed)]
    if not isinstance(value, np.ndarray):
        return [int(value)]
    if not value.flags.c_contiguous:
        raise ValueError(f"an array {value.shape} is not contiguous")
    if value.dtype not in allowed:
        raise ValueError(f"an array {value.shape} is of {value.dtype}, allowed: {allowed[0]}, of whole numbers int64")
    return [0, 0, value.size, value.itemsize, address(value), *value.shape, *value.strides]


@intrinsic
def lend(typing: Any, handed: Any) -> Any:
    """Where a copy of a tuple lies, for as long as the compiled function runs that lends it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(cgutils.alloca_once_value(builder, args[0]), cgutils.voidptr_t)

    return types.voidptr(handed), codegen


def taken_as(part: Any) -> Any:
    """What compiled code takes a tuple of this class by: from its address, and a number of its precision."""

    @intrinsic
    def take(typing: Any, address: Any, real: Any) -> Any:
        kind = kind_of(part, real)

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value = builder.load(builder.bitcast(args[0], context.get_value_type(kind).as_pointer()))
            return without_counts(context, builder, kind, value)

        return kind(types.voidptr, real), codegen

    return take


@intrinsic
def call(typing: Any, address: Any, *arguments: Any) -> Any:
    """Call what has been compiled by itself."""
    signature = types.void(address, types.StarArgTuple(arguments))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = cgutils.unpack_tuple(builder, args[1])
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in given]).as_pointer()
        builder.call(builder.inttoptr(args[0], kind), given)
        return context.get_dummy_value()

    return signature, codegen


def entry_part(function: Callable[..., None], dtype: np.dtype) -> Part:
    """``function(known, more, a, b, real)`` of two addresses, two whole numbers and one that tells the precision."""
    real: Any = numba.from_dtype(np.dtype(dtype))
    whole: Any = types.int64
    return Part(function, types.void(types.voidptr, types.voidptr, whole, whole, real))


@cache
def entry(function: Callable[..., None], dtype: np.dtype) -> Entry:
    """An ``entry_part`` as Python calls it, by all but its last argument; other threads may run beside it."""
    number: Any = ctypes.c_float if dtype == np.float32 else ctypes.c_double
    kinds = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, number
    made = ctypes.CFUNCTYPE(None, *kinds)(address_of(entry_part(function, dtype)))
    zero = number(0)
    return lambda known, more, a, b: made(known, more, a, b, zero)
