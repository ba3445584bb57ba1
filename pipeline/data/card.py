"""The data card: what every later step needs to know about the rows, without holding any."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.feed.schema import Schema


class SourceColumn(NamedTuple):
    """A column as the source has it: its kind, what it is used for, and what was found in it, in words."""

    name: str
    kind: str
    use: str
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Card(Schema):
    """Facts about a data set, beside what its columns mean.

    Attributes:
        source: the source as named in params.yaml.
        rows: number of rows.
        hashes: SHA-256 of each array, by name.
        notes: what was guessed of the source and what was left out, one line each.
        remarks: what a person should know of the rows (repeats, gaps, rare classes), one line each.
        columns: each column of the source, in its order; empty for plain arrays.
    """

    source: str
    rows: int
    hashes: dict[str, str] = field(repr=False)
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    columns: tuple[SourceColumn, ...] = ()

    @property
    def target(self) -> str:
        """The names of what is predicted, as one text."""
        return ", ".join(self.targets)
