"""What may be known of the data beside the open rows: levels that are in the test rows alone are forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar, cast

import numpy as np

from pipeline.data.card import Card
from pipeline.data.remarks import count, remark
from pipeline.feed.rows import Rows
from pipeline.feed.schema import UNSEEN, Schema

Array = np.ndarray
Meaning = TypeVar("Meaning", bound=Schema)
Recode = Callable[[Array], Array]


class Recoded:
    """X (rows, columns) with other codes, column by column; read a slice of rows at a time, as Picked is."""

    def __init__(self, X: Array, codes: dict[int, Array]) -> None:
        self._X, self._codes = X, codes
        self.dtype, self.shape = np.dtype(np.float64), X.shape

    def __len__(self) -> int:
        return len(self._X)

    def __getitem__(self, rows: slice) -> Array:
        X = np.array(self._X[rows], np.float64)
        for index, table in self._codes.items():
            old = X[:, index]
            there = ~np.isnan(old)
            old[there] = table[old[there].astype(np.int64)]
        return X


def only_seen(schema: Meaning, opened: Array) -> tuple[Meaning, Recode]:
    """The schema without the levels that no row of ``opened`` (rows, columns) has, and what recodes rows to it."""
    found = count(opened, schema).levels
    tables, levels = {}, list(schema.levels)
    for index, per_level in found.items():
        seen = per_level[:-1] > 0
        if not seen.all():
            tables[index] = np.where(seen, np.cumsum(seen) - 1, UNSEEN).astype(np.float64)
            levels[index] = tuple(name for name, keep in zip(schema.levels[index], seen, strict=True) if keep)
    if not tables:
        return schema, lambda X: X
    return replace(schema, levels=tuple(levels)), lambda X: cast(Array, Recoded(X, tables))


def as_opened(card: Card, prepared: Rows, indices: Sequence[np.ndarray]) -> tuple[Card, Recode]:
    """The card with the levels and the remarks of open rows, whose indices these are, and what recodes rows to it."""
    rows = np.sort(np.concatenate(indices))
    opened = prepared.bare(rows)
    card, recode = only_seen(card, opened.X)
    columns, remarks = remark(replace(opened, X=recode(opened.X)), card, card.columns)
    return replace(card, columns=columns, remarks=tuple(remarks)), recode
