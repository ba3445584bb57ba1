"""Made-up rows of numbers, and a class that a small network can learn from them, written a few thousand at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

Array = np.ndarray
BLOCK = 2**24  # bytes that are made at a time
TELLING, HIDDEN, NOISE = 10, 8, 0.5  # columns that the class depends on, units of the network that gives it
FORMATS = ("parquet", "csv", "npy")


def rows_of(gigabytes: float, columns: int) -> int:
    """How many rows of float32 make up so many 10⁹ bytes."""
    return int(gigabytes * 1e9 / (4 * columns))


def blocks(rows: int, columns: int, seed: int = 0) -> Iterator[tuple[Array, Array]]:
    """X (n, columns) float32 and y (n,) 0 or 1, block by block.

    y says whether a network of random weights, of the first ``TELLING`` columns, with noise, answers more than 0.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(TELLING, HIDDEN)), rng.normal(size=HIDDEN)
    size = max(1, BLOCK // (4 * columns))
    for start in range(0, rows, size):
        X = rng.standard_normal((min(size, rows - start), columns), np.float32)
        answers = np.tanh(X[:, :TELLING] @ first) @ second
        yield X, (answers + NOISE * rng.standard_normal(len(X)) > 0).astype(np.int64)


def write(folder: Path, form: str, rows: int, columns: int) -> dict[str, str]:
    """Write the table as ``form`` into ``folder``; returns what params.yaml says of it."""
    made = blocks(rows, columns)
    if form == "npy":
        return _arrays(folder, made, rows, columns)
    path, schema = folder / f"table.{form}", None
    for X, y in made:
        names = ["class", *(f"x{number}" for number in range(columns))]
        part = pa.table([pa.array(np.where(y, "yes", "no")), *map(pa.array, X.T)], names)
        if schema is None:
            schema = (
                pyarrow.parquet.ParquetWriter(path, part.schema, compression="none", use_dictionary=["class"])
                if form == "parquet"
                else pyarrow.csv.CSVWriter(path, part.schema)
            )
        schema.write_table(part)
    assert schema is not None
    schema.close()
    return {"source": "file", "path": str(path), "labels": str(path), "target": "class"}


def _arrays(folder: Path, made: Iterator[tuple[Array, Array]], rows: int, columns: int) -> dict[str, str]:
    X = np.lib.format.open_memmap(folder / "X.npy", "w+", np.float32, (rows, columns))
    y, start = np.empty(rows, np.int64), 0
    for block, labels in made:
        X[start : start + len(block)], y[start : start + len(block)] = block, labels
        start += len(block)
    X.flush()
    np.save(folder / "y.npy", y)
    return {"source": "file", "path": str(folder / "X.npy"), "labels": str(folder / "y.npy")}
