"""Categories and flags as inputs: one per level that occurs often enough (one-hot), one for all others together."""

from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.totals import total
from pipeline.feed.schema import FLAG, Schema
from pipeline.feed.survey import Survey, entries

Array = np.ndarray
UNKNOWN = -1  # the slot of what training rows never showed: every input of its column has its average there
OTHER, MISSING, FIRST = 0, 1, 2  # slots of rare and unseen levels, of gaps, and of the levels that are kept


class Levels(NamedTuple):
    """Input i is 1 where column ``columns[of[i]]`` is in ``slot[i]``, ``fill[i]`` where its slot is UNKNOWN, else 0.

    columns: (k,) numbers of the raw columns; starts: (k,) where each one's part of ``slots`` begins; slots: of each
    column the slots of a missing value, of an unseen level, and of levels 0, 1, …; of, slot, fill: (width,).
    """

    columns: Array
    starts: Array
    slots: Array
    of: Array
    slot: Array
    fill: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.of)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        sizes = np.diff(self.starts, append=len(self.slots)) - 2
        found = self.slots[entries(X[:, self.columns], sizes) + self.starts]
        unknown = found == UNKNOWN
        inputs = self._places()[np.arange(len(self.columns)), found]
        out[...] = 0
        rows, coded = np.nonzero((inputs >= 0) & ~unknown)
        out[rows, inputs[rows, coded]] = 1
        for row in np.flatnonzero(unknown.any(axis=1)):
            lacking = unknown[row, self.of]
            out[row, lacking] = self.fill[lacking]

    def _places(self) -> Array:
        """(k, slots) the number of each slot's input, -1 where it has none."""
        places = np.full((len(self.columns), int(self.slots.max()) + 1), -1)
        places[self.of, self.slot] = np.arange(len(self.of))
        return places

    def names(self, schema: Schema) -> list[str]:
        """A name for each input, ``Street=Pave``."""
        return [self._name(schema, *pair) for pair in zip(self.of, self.slot, strict=True)]

    def _name(self, schema: Schema, of: int, slot: int) -> str:
        column, start = self.columns[of], self.starts[of]
        feature, levels = schema.features[column], schema.levels[column]
        words = {OTHER: f"{feature} other", MISSING: f"{feature} missing"}
        own = self.slots[start + 2 : start + 2 + len(levels)]
        return words[slot] if slot in words else f"{feature}={levels[int(np.flatnonzero(own == slot)[0])]}"

    def faults(self, schema: Schema) -> dict[str, bool]:
        """By field, whether its values can't be those of ``schema``."""
        ends = np.cumsum([0, *(2 + len(schema.levels[column]) for column in self.columns)])
        slots = not np.array_equal(self.starts, ends[:-1]) or self.slots.shape != ends[-1:]
        of = bool(((self.of < 0) | (self.of >= len(self.columns))).any())
        return {
            "slots": slots or bool(((self.slots < UNKNOWN) | (self.slots >= FIRST + ends[-1])).any()),
            "of": of,
            "slot": not (slots or of) and not self._named(ends),
            "fill": bool(((self.fill < 0) | (self.fill > 1)).any()),
        }

    def _named(self, ends: Array) -> bool:
        """Whether each input's slot is one of its column's."""
        return all(
            slot != UNKNOWN and slot in self.slots[ends[of] : ends[of + 1]]
            for of, slot in zip(self.of, self.slot, strict=True)
        )


def fit_levels(found: Survey, rare: float, most: int) -> Levels:
    """Inputs for the levels of all categories and flags.

    Args:
        rare: rows that a level needs to have an input of its own.
        most: levels of a column that have one at most; those with the most rows.
    """
    columns = sorted(found.levels)
    slots = [_slots(found.levels[j], *((0, 2) if found.schema.kinds[j] == FLAG else (rare, most))) for j in columns]
    made = []
    for place, (j, table) in enumerate(zip(columns, slots, strict=True)):
        shares = _shares(found.levels[j], table)
        flag = found.schema.kinds[j] == FLAG
        # The second level of a flag says it all, unless there is only the first one.
        left_out = {FIRST} if flag and FIRST + 1 in shares else set()
        made += [(place, slot, share) for slot, share in shares.items() if slot not in left_out]
    inputs = np.array(made, np.float64).reshape(-1, 3)
    starts, whole = np.cumsum([0, *map(len, slots)])[:-1], np.int64
    joined = np.concatenate([np.zeros(0, whole), *slots])
    of, own_slot, fill = inputs[:, 0].astype(whole), inputs[:, 1].astype(whole), inputs[:, 2].copy()
    return Levels(np.array(columns, whole), starts.astype(whole), joined, of, own_slot, fill)


def _slots(rows: Array, rare: float, most: int) -> Array:
    """The slots of one column, by the rows where it is missing, unseen, and of each level."""
    by_level = rows[2:]
    often = np.argsort(-by_level, kind="stable")[:most]
    kept = np.sort([level for level in often if by_level[level] >= max(rare, 1)]).astype(np.int64)
    others = rows[1] + total(np.delete(by_level, kept))
    slots = np.full(len(rows), OTHER if others > 0 else UNKNOWN, np.int64)
    slots[0] = MISSING if rows[0] > 0 else UNKNOWN
    slots[2 + kept] = FIRST + np.arange(len(kept))
    return slots


def _shares(rows: Array, slots: Array) -> dict[int, float]:
    """Of each slot that occurs its share of the rows."""
    counts = {int(slot): float(total(rows[slots == slot])) for slot in np.unique(slots[rows > 0])}
    return {slot: count / float(total(rows)) for slot, count in counts.items() if slot != UNKNOWN}
