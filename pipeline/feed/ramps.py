"""Numbers piece by piece (piecewise linear embedding, Gorishniy et al. 2022): each input rises within one interval."""

import itertools
from typing import NamedTuple

import numpy as np

from pipeline.feed.quantiles import quantiles
from pipeline.feed.schema import Schema
from pipeline.feed.survey import Survey, bounded

Array = np.ndarray


class Ramps(NamedTuple):
    """x ↦ (x − low) / (high − low), held between 0 and 1; a gap counts as ``fill``. All (n,), one per input.

    columns: numbers of the raw columns.
    """

    columns: Array
    low: Array
    high: Array
    fill: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.columns)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        x = X[:, self.columns]
        x = bounded(np.where(np.isnan(x), self.fill, x))
        np.clip((x - self.low) / (self.high - self.low), 0, 1, out=out)

    def names(self, schema: Schema) -> list[str]:
        """A name for each input, ``age 20 to 35``."""
        each = zip(self.columns, self.low, self.high, strict=True)
        return [f"{schema.features[column]} {low:.6g} to {high:.6g}" for column, low, high in each]

    def faults(self, schema: Schema) -> dict[str, bool]:
        """By field, whether its values can't be."""
        return {"high": bool((self.high <= self.low).any())}


def fit_ramps(found: Survey, columns: list[int], bins: int) -> Ramps:
    """``bins`` intervals of equally many rows for each column; fewer where one value has the rows of several."""
    made = []
    for j in columns:
        shares = np.linspace(0, 1, bins + 1)
        *edges, median = quantiles(found.sample[:, j], np.append(shares, 0.5), found.counts)
        made += [(j, low, high, median) for low, high in itertools.pairwise(np.unique(edges))]
    numbers, *rest = np.array(made, np.float64).reshape(-1, 4).T.copy()
    return Ramps(numbers.astype(np.int64), *rest)
