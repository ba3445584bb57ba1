"""Rows out of order from a mapped file that is larger than memory: the system is told what comes next."""

import mmap
from collections.abc import Callable

import numpy as np

Array = np.ndarray
SKIPPED = 1 << 17  # bytes that are read along rather than left out: about what a seek costs


def expecting(X: Array) -> Callable[[Array], None]:
    """What to call with the rows ``order`` (n,) of X (rows, columns) that will be read next; does not wait for them.

    Else each row that is not in memory would be waited for by itself. For an array that is no mapped file, it does
    nothing.
    """
    mapping = _mapping(X)
    if mapping is None or not hasattr(mmap, "MADV_WILLNEED"):
        return lambda order: None
    begin = X.ctypes.data - np.frombuffer(mapping, np.uint8).ctypes.data

    def expect(order: Array) -> None:
        for start, length in _stretches(begin + order * X.strides[0], X.strides[0]):
            mapping.madvise(mmap.MADV_WILLNEED, start, length)

    return expect


def _mapping(X: Array) -> mmap.mmap | None:
    """The file behind an array whose rows lie in it one after the other."""
    base: object = X
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    return base if isinstance(base, mmap.mmap) and X.flags.c_contiguous else None


def _stretches(starts: Array, length: int) -> list[tuple[int, int]]:
    """Whole pages that hold the bytes from each of ``starts`` (n,), as (start, length) of stretches with few gaps."""
    page = mmap.PAGESIZE
    starts = np.sort(starts)
    first, after = starts // page, (starts + length - 1) // page + 1  # of one length: the ends are sorted as well
    new = np.flatnonzero(np.concatenate([[True], first[1:] - after[:-1] > SKIPPED // page]))
    ends = after[np.append(new[1:], len(starts)) - 1]
    return list(zip((first[new] * page).tolist(), ((ends - first[new]) * page).tolist(), strict=True))
