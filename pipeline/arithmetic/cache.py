"""Compile with Numba; what is compiled is kept for the next program (keeping.py)."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
from numba import extending, types
from numba.core import sigutils
from numba.core.ccallback import CFunc

from pipeline.arithmetic.keeping import FOLDER, MachineCode

F = TypeVar("F", bound=Callable[..., Any])
_CALLED: list[Any] = []


def _made(function: F, **options: Any) -> F:
    return cast(F, numba.njit(function, error_model="numpy", fastmath=False, **options))


def compiled(function: F) -> F:
    """Decorator: machine code on first use, kept for the next process; other threads may run beside it.

    Strict IEEE arithmetic, no reordering and no contraction into fused operations: the same bits on every processor.
    """
    made: Any = _made(function, nogil=True)
    if FOLDER:
        made._cache = MachineCode(function)  # type: ignore[no-untyped-call]
    return cast(F, made)


class Part(NamedTuple):
    """A function that is compiled by itself, for C's types alone, and then called by its address."""

    function: Callable[..., Any]
    signature: Any


def address_of(part: Part) -> int:
    """Where a part's machine code is in this process; kept as that of ``compiled``."""
    made = _callback(part)
    made.compile()
    _CALLED.append(made)  # the code lives as long as this
    return int(made.address)


def is_kept(part: Part) -> bool:
    """Whether a part was compiled before, by whatever program of this user."""
    made = _callback(part)
    return FOLDER is not None and made._cache.holds(made._sig, made._targetdescr.target_context.codegen())


def _callback(part: Part) -> Any:
    made: Any = CFunc(part.function, sigutils.normalize_signature(part.signature), {}, {"error_model": "numpy"})
    if FOLDER:
        made._cache = MachineCode(part.function)  # type: ignore[no-untyped-call]
    return made


def inlined(function: F) -> F:
    """Decorator: a part of a compiled function that is always put in the place of its call."""
    return _made(function, inline="always")


def loop(function: F) -> F:
    """Decorator: a loop over arrays that compiled code calls."""
    return _made(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def intrinsic(function: Callable[..., Any]) -> Any:
    """Decorator: instructions of our own, from a function that writes them down for the types of its arguments."""
    return extending.intrinsic(function)


@intrinsic
def borrowed(typing: Any, value: Any) -> Any:
    """The same array, or tuple of arrays, without reference counts: slices cost nothing. The caller must keep it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return without_counts(context, builder, value, args[0])

    return value(value), codegen


def without_counts(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Instructions that take the owner away from each array in ``value``, which may be a tuple of tuples."""
    if isinstance(kind, types.Array):
        view = context.make_array(kind)(context, builder, value)
        view.meminfo = context.get_constant_null(types.MemInfoPointer(types.voidptr))
        view.parent = context.get_constant_null(types.pyobject)
        return view._getvalue()
    inside: Any = kind if isinstance(kind, types.BaseTuple) else ()
    for i, inner in enumerate(inside):
        bare = without_counts(context, builder, inner, builder.extract_value(value, i))
        value = builder.insert_value(value, bare, i)
    return value
