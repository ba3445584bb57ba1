"""Parquet and Feather (Arrow IPC) files, streamed, after their declared sizes are seen to be reasonable."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from pipeline.data import checks, forms
from pipeline.data.binary import BATCH, Typed

PIECE = 1 << 18  # bytes of each column


class Parquet(Typed):
    format = "Parquet"

    def _schema(self) -> pa.Schema:
        head = pq.ParquetFile(self.path)
        checks.size(self.name, 1, _declared(head))
        return head.schema_arrow

    def _read(self, names: Sequence[str]) -> Iterator[Any]:
        with pq.ParquetFile(self.path) as file:
            # By reference: a file holds a long text once, however many rows have it.
            texts = [field.name for field in file.schema_arrow if forms.plain_type(field.type) == pa.string()]
        # A row group may be the whole file: it is read piece by piece, not fetched at once.
        with pq.ParquetFile(self.path, read_dictionary=texts, pre_buffer=False, buffer_size=PIECE) as file:
            yield from file.iter_batches(BATCH, columns=list(names), use_threads=False)


class Feather(Typed):
    format = "Feather"

    def _schema(self) -> pa.Schema:
        if not self._whole:
            return pyarrow.feather.read_table(self.path).schema
        with pa.OSFile(self.name) as file:
            return pa.ipc.open_file(file).schema

    @property
    def _whole(self) -> bool:
        with self.path.open("rb") as stream:
            return stream.read(6) == b"ARROW1"

    def _read(self, names: Sequence[str]) -> Iterator[Any]:
        if not self._whole:  # Feather's first version has no batches
            yield from pyarrow.feather.read_table(self.path, columns=list(names)).to_batches(BATCH)
            return
        with pa.memory_map(self.name) as file:
            reader = pa.ipc.open_file(file)
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index).select(list(names))
                for start in range(0, len(batch), BATCH):
                    yield batch.slice(start, BATCH)


def _declared(head: Any) -> int:
    """What the values of the largest row group take in memory, nested ones included, as far as its metadata tell."""
    widths = [max(8, head.schema.column(index).length) for index in range(len(head.schema))]
    groups = [head.metadata.row_group(index) for index in range(head.metadata.num_row_groups)]
    sizes = [sum(group.column(index).num_values * width for index, width in enumerate(widths)) for group in groups]
    return max(sizes, default=0)
