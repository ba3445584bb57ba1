"""Two paths trade places at one moment, where the kernel and the file system have that: Linux's renameat2."""

import ctypes
import os
import sys
from pathlib import Path

HERE = -100  # paths are relative to the current folder
EXCHANGE = 1 << 1  # flag of renameat2

_C = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def swapped(one: Path, other: Path) -> bool:
    """Let what is at two paths of one file system trade places; False where that failed, with nothing changed.

    Neither NFS nor some file systems of containers can do it.
    """
    if not hasattr(_C, "renameat2"):
        return False
    sys.audit("os.rename", os.fspath(one), os.fspath(other), -1, -1)  # an audit hook sees calls of Python only
    assert _C is not None
    return bool(_C.renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0)
