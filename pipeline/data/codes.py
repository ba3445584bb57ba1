"""Text that streams by, as codes into the list of its different values."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray
MOST = 1 << 16  # different values; a column with more is no category
LOST = np.nan


class Codes:
    """Codes of a column of text, in order of first appearance; ``known`` value → code.

    overflown: whether there were more than MOST values; what came after has no code then.
    """

    def __init__(self, most: int = MOST) -> None:
        self.known: dict[str, int] = {}
        self.overflown = False
        self._most = most

    def codes(self, texts: Any) -> Array:
        """Codes (rows,) float64 of Arrow text; NaN where there is none."""
        encoded = pc.dictionary_encode(texts.cast(pa.string()))
        for value in encoded.dictionary.to_pylist():
            if len(self.known) < self._most:
                self.known.setdefault(value, len(self.known))
        table = np.array([self.known.get(value, LOST) for value in encoded.dictionary.to_pylist()], np.float64)
        self.overflown |= bool(np.isnan(table).any())
        places = encoded.indices.cast(pa.float64()).to_numpy(zero_copy_only=False)
        gaps = np.isnan(places)
        if not len(table):
            return np.full(len(places), LOST)
        return np.where(gaps, LOST, table[np.where(gaps, 0, places).astype(np.int64)])

    def ordered(self, order: Any = sorted) -> tuple[tuple[str, ...], Array]:
        """The levels in ``order``, and for each code of first appearance its place among them, (levels,)."""
        names = tuple(order(self.known))
        places = np.empty(len(names))
        places[[self.known[name] for name in names]] = np.arange(len(names))
        return names, places
