"""Compile with Numba, and keep the machine code under a name that changes with its source.

Numba's own cache looks at the file of one function only, and would go on using code compiled from an older version
of a function that it calls.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import extending, types

F = TypeVar("F", bound=Callable[..., Any])
HERE = Path(__file__).parent
# The package, and the module whose Kind is compiled in.
SOURCES = (*sorted(HERE.glob("*.py")), HERE.parent / "activations.py")


def _folder() -> Path:
    """A folder beside the source, or in the temporary directory where that can't be written."""
    digest = hashlib.sha256()
    for path in SOURCES:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    name = f"compiled-{digest.hexdigest()[:16]}"
    private = Path(tempfile.gettempdir()) / f"holdout-compiled-{_user()}"
    for folder, owned in ((HERE / "__pycache__" / name, None), (private / name, private)):
        try:
            if owned:
                _own(owned)
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    raise OSError(
        f"compiled code has nowhere to go: {HERE} can't be written, and {private} can't either or isn't yours alone; "
        "remove it or set TMPDIR to a folder of your own"
    )


def _own(folder: Path) -> None:
    """Make a folder that this user alone may write, or raise PermissionError: what lies there is run as code."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is a link, another user's, or others may write it")


def _user() -> str:
    return hashlib.sha256(str(Path.home()).encode()).hexdigest()[:8]


FOLDER = _folder()


def _made(function: F, **options: Any) -> F:
    return cast(F, numba.njit(function, error_model="numpy", fastmath=False, **options))


def compiled(function: F) -> F:
    """Decorator: machine code on first use, kept for the next process; other threads may run beside it.

    Strict IEEE arithmetic, no reordering and no contraction into fused operations: the same bits on every processor.
    """
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER)
    try:
        return _made(function, cache=True, nogil=True)
    finally:
        config.CACHE_DIR = before


def inlined(function: F) -> F:
    """Decorator: a part of a compiled function that is always put in the place of its call."""
    return _made(function, forceinline=True)


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
