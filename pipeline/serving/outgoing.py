"""Answers as they go out: a file of CSV or Parquet, whole or not at all, or CSV on the terminal, a batch at a time."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.errors import HoldoutError
from pipeline.storage import atomic

Write = Callable[[pa.RecordBatch], None]
TERMINAL = "-"
ENDINGS = (".csv", ".parquet")


@contextlib.contextmanager
def writing(to: str, schema: pa.Schema) -> Iterator[Write]:
    """What takes batches of ``schema``; a file has its name only once all are in it.

    Raises:
        HoldoutError: ``to`` is neither the terminal nor a name with one of ENDINGS.
    """
    check_name(to)
    if to == TERMINAL:
        with _csv(sys.stdout.buffer, schema) as writer:
            yield writer.write_batch
        sys.stdout.buffer.flush()
        return
    make = pyarrow.parquet.ParquetWriter if to.lower().endswith(ENDINGS[1]) else _csv
    with atomic.replacing(Path(to)) as temporary, make(str(temporary), schema) as writer:
        yield writer.write_batch


def check_name(to: str) -> None:
    if to != TERMINAL and not to.lower().endswith(ENDINGS):
        raise HoldoutError(f"--to {to}: allowed are names that end in {' or '.join(ENDINGS)}, and - for the terminal")


def _csv(place: Any, schema: pa.Schema) -> Any:
    return pyarrow.csv.CSVWriter(place, schema, write_options=pyarrow.csv.WriteOptions(quoting_style="needed"))
