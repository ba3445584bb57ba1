"""SHA-256 of what is on disk or goes there."""

import hashlib
from pathlib import Path

import numpy as np

from pipeline.storage.documents import check_kind


def of_array(array: np.ndarray) -> str:
    """SHA-256 of an array's dtype, shape and values."""
    array = np.ascontiguousarray(array)
    head = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(head + array.tobytes()).hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    check_kind(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
