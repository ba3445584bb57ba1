"""Which rows were opened, in a few bytes each: enough to know a row again, too little to read it back.

A row is known by its inputs, not by its label, so that a mended label leaves it the same row. Its columns are dealt to
eight groups by their names, and of each group one number is kept, a sum over its cells. So neither the order of rows
and columns matters, nor a column that has come or gone: only its group is left out. Numbers count to 15 binary digits,
more than four decimal ones, for a table that is exported anew is rounded; levels count by their text.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from pipeline.feed.schema import CATEGORY, FLAG, UNSEEN, Schema

GROUPS = 8
MOST = 100_000  # rows that are kept; of more, those whose hashes are the smallest: a sample that openings share
TELLING = 0.9  # of the rows must differ in what two openings have in common, as a share of those that differ at all
CELLS = 1 << 22  # at a time
TYPE = np.dtype("<u4")
Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """Of n rows, what was kept: numbers (rows, GROUPS), and of each group a hash of its columns' names."""

    numbers: Array
    columns: tuple[str, ...]
    n: int

    def to_bytes(self) -> bytes:
        return self.numbers.astype(TYPE).tobytes()

    @cached_property
    def whole(self) -> Array:
        """One number per row, of all its groups."""
        return _joined(self.numbers, range(GROUPS))

    @cached_property
    def different(self) -> int:
        """How many of the rows differ."""
        return len(np.unique(self.whole))

    @property
    def sampled(self) -> bool:
        return len(self.numbers) < self.n


def from_bytes(data: bytes, columns: tuple[str, ...], n: int) -> Fingerprint:
    """ValueError if these are no whole rows."""
    return Fingerprint(np.frombuffer(data, TYPE).reshape(-1, GROUPS), columns, n)


def take(X: Array, schema: Schema) -> Fingerprint:
    """The fingerprint of raw rows X (rows, features), which may be mapped."""
    seeds = [_number(name) for name in schema.features]
    groups = np.array([seed % GROUPS for seed in seeds])
    step = max(1, CELLS // max(1, len(seeds)))
    pieces = [_numbers(X[start : start + step], schema, seeds, groups) for start in range(0, len(X), step)]
    numbers = np.concatenate(pieces)
    names = [
        sorted(name for name, group in zip(schema.features, groups, strict=True) if group == g) for g in range(GROUPS)
    ]
    columns = tuple(hashlib.sha256("\0".join(some).encode()).hexdigest()[:16] if some else "" for some in names)
    order = np.argsort(_joined(numbers, range(GROUPS)), kind="stable")[:MOST]
    return Fingerprint(numbers[order], columns, len(X))


def _numbers(X: Array, schema: Schema, seeds: list[int], groups: Array) -> Array:
    sums = np.zeros((len(X), GROUPS), np.uint64)
    for index, (seed, group) in enumerate(zip(seeds, groups, strict=True)):
        coded = bool(schema.kinds) and schema.kinds[index] in (CATEGORY, FLAG)  # a date's levels are no codes
        cells = _levels(X[:, index], schema.levels[index]) if coded else _rounded(X[:, index])
        sums[:, group] += _mixed(cells ^ np.uint64(seed))
    return (_mixed(sums) >> np.uint64(32)).astype(TYPE)


def _rounded(values: Array) -> Array:
    """Numbers as the bits of float32, the last nine rounded away; 0 has no sign, and what is missing is one number."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32) + np.float32(0)
    single[np.isnan(single)] = np.nan
    return ((single.view(np.uint32).astype(np.uint64) + np.uint64(256)) >> np.uint64(9)).astype(np.uint64)


def _levels(codes: Array, levels: tuple[str, ...]) -> Array:
    """The levels' texts as numbers; UNSEEN and what is missing have numbers of their own."""
    table = np.array([*map(_number, levels), 1, 2], np.uint64)  # the last two: missing, unseen
    places = np.where(np.isnan(codes), len(levels), np.where(codes == UNSEEN, len(levels) + 1, codes))
    return table[places.astype(np.int64)]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _mixed(numbers: Array) -> Array:
    """Numbers whose every bit depends on every bit (Steele, Lea and Flood 2014: SplitMix64)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = numbers ^ (numbers >> np.uint64(31))
    return mixed


def _joined(numbers: Array, groups: Iterable[int]) -> Array:
    found = np.zeros(len(numbers), np.uint64)
    for group in groups:
        found = _mixed(found ^ numbers[:, group].astype(np.uint64))
    return found


@lru_cache(maxsize=100_000)
def seen(now: Fingerprint, before: Fingerprint) -> Array | None:
    """Which of the rows kept in ``now`` (rows,) were among those of ``before``; None if there is no telling.

    There is none where the two have too few columns in common to tell rows apart. Of samples, only rows count that both
    would have kept; the others are False, and ``comparable`` leaves them out.
    """
    if (now.sampled or before.sampled) and now.columns != before.columns:
        return None
    common = [g for g in range(GROUPS) if now.columns[g] and now.columns[g] == before.columns[g]]
    own, others = _joined(now.numbers, common), _joined(before.numbers, common)
    if not common or len(np.unique(own)) < TELLING * now.different:
        return None
    found: Array = np.isin(own, others)
    return found


def comparable(now: Fingerprint, before: Fingerprint) -> Array:
    """Which of the rows kept in ``now`` (rows,) are below the limit that both samples reach to."""
    limits = [kept.whole.max() for kept in (now, before) if kept.sampled]
    return now.whole <= min(limits) if limits else np.ones(len(now.whole), bool)
