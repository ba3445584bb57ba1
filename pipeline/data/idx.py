"""The IDX format of the MNIST files, plain or gzipped: 00 00 type rank, big-endian sizes, values."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np

from pipeline.data import checks
from pipeline.errors import HoldoutError

DEFLATE = 1032  # the most bytes that one byte of a gzip file can stand for
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(path: Path) -> bool:
    """Whether a file is IDX, by its first bytes."""
    try:
        with _open(path) as stream:
            head = stream.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 4


def _packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if _packed(path) else path.open("rb")


def rank(path: Path) -> int:
    """The number of dimensions: 1 for labels, 3 for images."""
    with _open(path) as stream:
        return stream.read(4)[3]


def read(path: Path) -> np.ndarray:
    """The array, in native byte order.

    Never reads more than the header declares, nor takes memory for more than the file can hold.
    """
    try:
        with _open(path) as stream:
            shape, dtype = _header(path, stream)
            expected = math.prod(shape) * dtype.itemsize
            checks.size(str(path), math.prod(shape), dtype.itemsize)
            if expected > path.stat().st_size * (DEFLATE if _packed(path) else 1):
                raise HoldoutError(
                    f"{path}: header declares {expected} bytes of values, more than a file of {path.stat().st_size} "
                    "bytes holds; fetch it again"
                )
            values = stream.read(expected)
            surplus = len(stream.read(1))
    except (OSError, EOFError, zlib.error) as error:
        raise HoldoutError(f"{path}: is cut short or damaged ({error}); fetch it again") from None
    if len(values) != expected or surplus:
        found = "more" if surplus else f"{len(values)}"
        raise HoldoutError(f"{path}: header declares {expected} bytes of values, found {found}; fetch it again")
    return np.frombuffer(values, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _header(path: Path, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= 4:
        raise HoldoutError(
            f"{path}: found first bytes {head.hex(' ') or 'none'}, expected an IDX header 00 00 <type> <rank>"
        )
    sizes = stream.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise HoldoutError(f"{path}: is cut short in its IDX header; fetch it again")
    return struct.unpack(f">{head[3]}I", sizes), np.dtype(TYPES[head[2]])
