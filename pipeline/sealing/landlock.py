"""Landlock by its system calls: an allow-list of what this process and its children may open for reading."""

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1  # flag of CREATE_RULESET
PATH_BENEATH = 1
READ_FILE = 1 << 2
# From version 2 on, moving between folders is refused unless it is handled and allowed: the trial store moves.
REFER = 1 << 13
NO_NEW_PRIVILEGES = 38


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled", ctypes.c_uint64),)


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


_C = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _call(number: int, *arguments: object) -> int:
    """A system call; OSError with its errno when it fails."""
    assert _C is not None
    result: int = _C.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def available() -> bool:
    """Whether the kernel has Landlock, version 2 (Linux 5.19) or later."""
    if _C is None:
        return False
    try:
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION)) >= 2
    except OSError:
        return False


def restrict(readable: Iterable[Path]) -> bool:
    """Close every file for reading but those at or under ``readable``; there is no way back.

    Returns:
        False where the system refuses to start a ruleset (a container may), with nothing changed.
    """
    ruleset = _Ruleset(READ_FILE | REFER)
    size = ctypes.c_size_t(ctypes.sizeof(ruleset))
    try:
        handle = _call(CREATE_RULESET, ctypes.byref(ruleset), size, ctypes.c_uint32(0))
    except OSError:
        return False
    try:
        for path in readable:
            _allow(handle, path)
        assert _C is not None
        if _C.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        _call(RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)
    return True


def _allow(handle: int, path: Path) -> None:
    """Add one rule; a path that has just gone, or that can't be reached anyway, needs none."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = _Rule(READ_FILE | REFER if folder else READ_FILE, descriptor)
        kind = ctypes.c_int(PATH_BENEATH)
        _call(ADD_RULE, ctypes.c_int(handle), kind, ctypes.byref(rule), ctypes.c_uint32(0))
    except OSError as error:
        if error.errno not in (errno.EBADFD, errno.EBADF):  # a file of an internal file system
            raise
    finally:
        os.close(descriptor)
