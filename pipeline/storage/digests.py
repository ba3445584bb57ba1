"""SHA-256 of what is on disk or goes there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.storage.documents import check_kind

if TYPE_CHECKING:  # else who only reads a trial's files would wait for NumPy
    import numpy as np

CHUNK = 1 << 20  # bytes


def of_array(array: "np.ndarray") -> str:
    """SHA-256 of an array's dtype, shape and values, in C order; a mapped one is not copied into memory."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    for piece in pieces(array):
        digest.update(piece)
    return digest.hexdigest()


def pieces(array: "np.ndarray") -> Iterator[bytes]:
    """The values in C order, some rows at a time."""
    rows = max(1, CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        yield array[start : start + rows].tobytes()


def of_text(text: str) -> str:
    """SHA-256 of the file that the text becomes."""
    return hashlib.sha256(text.encode()).hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    check_kind(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
