"""The data card: what every later step needs to know about the rows, without holding any."""

from dataclasses import dataclass, field

from pipeline.feed.schema import Schema


@dataclass(frozen=True, kw_only=True)
class Card(Schema):
    """Facts about a data set, beside what its columns mean.

    Attributes:
        source: the source as named in params.yaml.
        target: the name of the target column.
        rows: number of rows.
        hashes: SHA-256 of each array, by name.
        notes: findings that are no error (duplicates, constant columns), one line each.
    """

    source: str
    target: str
    rows: int
    hashes: dict[str, str] = field(repr=False)
    notes: tuple[str, ...] = ()
