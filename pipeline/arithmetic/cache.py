"""Compile with Numba; what is compiled is kept for the next program (keeping.py)."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

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


def callback(function: Callable[..., Any], signature: Any) -> int:
    """Machine code of a function that others call by its address, which is returned; kept as that of ``compiled``."""
    made: Any = CFunc(function, sigutils.normalize_signature(signature), {}, {"error_model": "numpy"})
    if FOLDER:
        made._cache = MachineCode(function)  # type: ignore[no-untyped-call]
    made.compile()
    _CALLED.append(made)  # the code lives as long as this
    return int(made.address)


def inlined(function: F) -> F:
    """Decorator: a part of a compiled function that is always put in the place of its call."""
    return _made(function, inline="always")


def loop(function: F) -> F:
    """Decorator: a loop over arrays that compiled code calls."""
    return _made(function)


def intrinsic(function: Callable[..., Any]) -> Any:
    """Decorator: instructions of our own, from a function that writes them down for the types of its arguments."""
    return extending.intrinsic(function)


@intrinsic
def borrowed(typing: Any, array: Any) -> Any:
    """The same array without its reference count: slices of it cost nothing. The caller must keep the array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, args[0])
        view.meminfo = context.get_constant_null(types.MemInfoPointer(types.voidptr))
        view.parent = context.get_constant_null(types.pyobject)
        return view._getvalue()

    return array(array), codegen
