"""Landlock by its system calls: an allow-list of what this process and its children may read, write and remove."""

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1  # flag of CREATE_RULESET
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38
OLDEST = 2  # the version (Linux 5.19) from which files can be moved between folders: the trial store moves

WRITE_FILE, READ_FILE = 1 << 1, 1 << 2
REFER = 1 << 13  # moving and linking between folders, which is refused unless it is handled and allowed
TRUNCATE = 1 << 14  # from version 3 on (Linux 6.2); before, truncate(2) is not held
CHANGE_FOLDER = sum(1 << bit for bit in range(4, 13))  # remove and make folders, files, sockets, pipes, links, devices
ON_FILES = WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | REFER
WRITE = WRITE_FILE | TRUNCATE | CHANGE_FOLDER | REFER
APPEND = WRITE_FILE  # what is there may be added to, and written over in place, but not emptied, moved or removed


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


def version() -> int:
    """The kernel's version of Landlock (its ABI); 0 without it."""
    if _C is None:
        return 0
    try:
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    except OSError:
        return 0


def available() -> bool:
    """Whether the kernel's Landlock is one that a stage can work under."""
    return version() >= OLDEST


def restrict(rights: Mapping[Path, int]) -> bool:
    """Refuse what ``rights`` don't allow, at or under their paths; there is no way back.

    It binds this thread, those that it starts and all children; threads that were there before go free.

    Returns:
        False where the system refuses to start a ruleset (a container may), with nothing changed.
    """
    handled = READ | WRITE if version() >= 3 else (READ | WRITE) & ~TRUNCATE
    ruleset = _Ruleset(handled)
    size = ctypes.c_size_t(ctypes.sizeof(ruleset))
    try:
        handle = _call(CREATE_RULESET, ctypes.byref(ruleset), size, ctypes.c_uint32(0))
    except OSError:
        return False
    try:
        for path, allowed in rights.items():
            _allow(handle, path, allowed & handled)
        assert _C is not None
        if _C.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        _call(RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)
    return True


def _allow(handle: int, path: Path, allowed: int) -> None:
    """Add one rule; a path that has just gone, or that can't be reached anyway, needs none."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = _Rule(allowed if folder else allowed & ON_FILES, descriptor)
        kind = ctypes.c_int(PATH_BENEATH)
        _call(ADD_RULE, ctypes.c_int(handle), kind, ctypes.byref(rule), ctypes.c_uint32(0))
    except OSError as error:
        if error.errno not in (errno.EBADFD, errno.EBADF):  # a file of an internal file system
            raise
    finally:
        os.close(descriptor)
