"""Whether a value is missing, as an input of its own."""

from typing import NamedTuple

import numpy as np

from pipeline.feed.schema import DATE, NUMBER, Schema
from pipeline.feed.survey import Survey

Array = np.ndarray


class Gaps(NamedTuple):
    """Input i is 1 where raw column ``columns[i]`` is missing, else 0; (n,)."""

    columns: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.columns)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        np.copyto(out, np.isnan(X[:, self.columns]))

    def names(self, schema: Schema) -> list[str]:
        """A name for each input, ``LotFrontage missing``."""
        return [f"{schema.features[column]} missing" for column in self.columns]

    def faults(self, schema: Schema) -> dict[str, bool]:
        """Nothing beyond what holds for all ``columns``."""
        return {}


def fit_gaps(found: Survey) -> Gaps:
    """An input for each number and date of which training rows miss some values, not all."""
    kinds = np.isin(found.schema.kinds, (NUMBER, DATE))
    return Gaps(np.flatnonzero(kinds & (found.gaps > 0) & (found.gaps < found.rows)).astype(np.int64))
