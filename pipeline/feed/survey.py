"""What the transforms of columns are fitted to: how often each level and each gap occurs, and a sample of the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.arithmetic.totals import total
from pipeline.feed.quantiles import copies
from pipeline.feed.schema import CATEGORY, FLAG, Schema

Array = np.ndarray
CHUNK = 8192
SAMPLED = 2**23  # numbers that are taken into memory for quantiles; of more rows every second, third, … is taken
FARTHEST = 1e150  # numbers beyond are taken for it: their squares are finite


@dataclass(frozen=True)
class Survey:
    """Training rows as the transforms of columns see them.

    schema: with a kind for each feature. rows: their number, each counted as often as it counts. gaps: (features,)
    rows where the value is missing. levels: of each column of a category or flag, by its number: (2 + levels,) rows
    where it is missing, unseen, or of level 0, 1, … sample: (n, features); counts: (n,) how often its rows count.
    """

    schema: Schema
    rows: float
    gaps: Array
    levels: dict[int, Array]
    sample: Array
    counts: Array


def survey(X: Array, schema: Schema, importance: Array | None = None) -> Survey:
    """One pass over the rows of X (rows, features), and a sample of them."""
    counts = copies(importance, len(X))
    coded = [j for j, kind in enumerate(schema.kinds) if kind in (CATEGORY, FLAG)]
    gaps, levels = np.zeros(X.shape[1]), {j: np.zeros(2 + len(schema.levels[j])) for j in coded}
    for rows in chunks(len(X)):
        block = np.asarray(X[rows], np.float64)
        gaps += total(np.isnan(block) * counts[rows, None])
        for j, seen in levels.items():
            seen += np.bincount(entries(block[:, j], len(seen) - 2), counts[rows], len(seen))
    every = max(1, -(-X.size // SAMPLED))
    sample = bounded(np.asarray(X[::every], np.float64))
    return Survey(schema, float(total(counts)), gaps, levels, sample, counts[::every])


def entries(codes: Array, levels: int | Array) -> Array:
    """Places of codes in a table of levels: 0 for a missing one, 1 for an unseen one, 2 and more for levels 0, 1, …"""
    known = np.where((codes >= 0) & (codes < levels), codes, -1.0)  # a gap compares false
    found: Array = np.where(np.isnan(codes), 0, known + 2).astype(np.intp)
    return found


def bounded(X: Array) -> Array:
    """Numbers no farther from 0 than ``FARTHEST``; gaps stay."""
    found: Array = np.clip(X, -FARTHEST, FARTHEST)
    return found


def chunks(rows: int, size: int = CHUNK) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, rows, size))
