"""An array on disk that rows are appended to; how many there are, and of which type, is known at the end."""

import io
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
from numpy.lib import format as npy

from pipeline.storage import atomic

Array = np.ndarray
CHUNK = 1 << 20  # bytes that are converted and written at a time
TYPES = (np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64))  # from narrow to wide


class GrowingArray:
    """Rows of ``columns`` numbers in an .npy file, in the narrowest type that holds all of them exactly.

    That is uint8 where all are whole numbers from 0 to 255, else float32, else float64; NaN is allowed. What is written
    already is converted when a wider number comes. As a context, it removes a file that was not closed.

    Attributes:
        rows: how many there are so far.
    """

    def __init__(self, path: Path, columns: int) -> None:
        self.path, self.columns, self.rows = path, columns, 0
        self._type = TYPES[0]
        self._stream = self._begin(path)

    def __enter__(self) -> "GrowingArray":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._stream.closed:
            self._stream.close()
            atomic.remove(self.path)

    def append(self, batch: Array) -> None:
        """Write rows (n, columns), in order."""
        if batch.ndim != 2 or batch.shape[1] != self.columns:
            raise ValueError(f"expected rows of {self.columns} numbers, got an array of shape {batch.shape}")
        step = max(1, CHUNK // (8 * self.columns))
        with atomic.naming(self.path):
            for start in range(0, len(batch), step):
                self._write(batch[start : start + step])

    def close(self) -> Array:
        """The whole array (rows, columns), mapped; nothing can be appended any more."""
        with atomic.naming(self.path):
            self._stream.seek(0)
            self._stream.write(_header(self._type, self.rows, self.columns))
            self._stream.close()
        return np.load(self.path, mmap_mode="r", allow_pickle=False) if self.rows else np.empty((0, self.columns))

    def _begin(self, path: Path) -> IO[bytes]:
        stream = path.open("w+b")
        stream.write(_header(self._type, 0, self.columns))
        return stream

    def _write(self, rows: Array) -> None:
        rows = rows + rows.dtype.type(0)  # −0 is written as 0: a byte could not hold it
        wanted = next(kind for kind in TYPES if _holds(kind, rows))
        if wanted.itemsize > self._type.itemsize:
            self._widen(wanted)
        self._stream.write(np.ascontiguousarray(rows, self._type).data)
        self.rows += len(rows)

    def _widen(self, wanted: np.dtype) -> None:
        """Convert what is there into a file that takes the place of this one."""
        before, kind = self._stream, self._type
        self._type = wanted
        beside = self.path.with_name(f".{self.path.name}.wider")
        self._stream = self._begin(beside)
        with before:
            before.seek(len(_header(kind, 0, self.columns)))
            while part := before.read(CHUNK):
                self._stream.write(np.frombuffer(part, kind).astype(wanted).data)
        beside.replace(self.path)


def _header(kind: np.dtype, rows: int, columns: int) -> bytes:
    """NumPy leaves room in it for the number of rows, so that its length is always the same."""
    stream = io.BytesIO()
    npy.write_array_header_1_0(
        stream, {"descr": npy.dtype_to_descr(kind), "fortran_order": False, "shape": (rows, columns)}
    )
    return stream.getvalue()


def _holds(kind: np.dtype, rows: Array) -> bool:
    """Whether numbers of this type can be exactly those of the rows."""
    if rows.dtype == kind or kind == TYPES[-1]:
        return True
    with np.errstate(invalid="ignore", over="ignore"):
        same = rows.astype(kind) == rows
    return bool((same if kind.kind == "u" else same | np.isnan(rows)).all())
