"""A table as a file holds it: named columns, read in batches and as often as needed, the same whatever the format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # params.yaml is read by stages that read no table, and Arrow takes a fifth of a second to load
    import pyarrow as pa

    from pipeline.data.numerals import Numerals

AS_WRITTEN = "as written"  # text exactly as it stands, words for missing values too: class labels
TEXT = "text"  # text as it stands, stripped; null where a value is missing
FLOAT = "float"  # float64; null where a value is missing
NATIVE = "native"  # in the file's own type: of a CSV text, of Parquet what it says


@dataclass(frozen=True)
class Read:
    """How files are read: ``data.read`` in params.yaml. None: guessed, and said.

    header: whether the first line of a text file names the columns. missing: words that stand for no value, in
    columns that are no class labels; height, width, gray: what images are made to be.
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    quote: str | None = None
    comment: str | None = None
    encoding: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] | None = None
    sheet: str | None = None
    height: int | None = None
    width: int | None = None
    gray: bool | None = None


class Source(Protocol):
    """A table on disk.

    Attributes:
        name: the file as a person named it, for messages.
        types: Arrow type of each column by its name, in the file's order: text, numbers, bools or timestamps.
        unnamed: columns that have no name in the file, by the names made up for them.
        index: columns that the file itself declares to be a row index (pandas).
        numerals: how the file writes numbers, where it holds them as text.
        notes: what was guessed, one line each.
        nested: columns that are left out of ``types`` and can't be read, by what they hold: lists, records.
        coded: columns in which, read as FLOAT so far, some numbers started with 0, as codes do: 007.
    """

    name: str
    types: Mapping[str, "pa.DataType"]
    unnamed: frozenset[str]
    index: frozenset[str]
    numerals: "Numerals"
    notes: tuple[str, ...]
    nested: Mapping[str, str]

    @property
    def coded(self) -> frozenset[str]: ...

    def batches(self, forms: Mapping[str, str], rows: int | None = None) -> Iterator["pa.RecordBatch"]:
        """The columns named in ``forms``, each in its form (AS_WRITTEN, TEXT, FLOAT, NATIVE), in the file's row order.

        Args:
            rows: only so many from the start.

        Raises:
            Unreadable: a value that is no number where FLOAT is asked for; its row counts from 0 in the whole file.
            HoldoutError: the file is not what it seems to be.
        """

    def place(self, row: int) -> str:
        """Where a person finds the row (from 0): ``line 17`` of a text file, ``row 15 (counted from 0)`` elsewhere."""

    def elsewhere(self, name: str) -> str:
        """Where else in the file a column of this name may be, and the setting that finds it; "" if nowhere."""
