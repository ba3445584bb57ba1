"""The values that pass between reading a source and describing it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.data.card import SourceColumn
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema

Place = Callable[[int], str]  # a row's index → where a person finds it: "line 17" in a CSV file


@dataclass(frozen=True)
class Table:
    """What a file holds, before labels become class indices.

    X: (rows, features), finite numbers; target: (rows,) numbers, bools or text; groups: (rows,) text, or None.
    ``name`` says which file and ``place`` where a row is, for messages; notes: what was guessed, one line each.
    """

    name: str
    X: np.ndarray
    target: np.ndarray
    features: tuple[str, ...]
    target_name: str
    groups: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    place: Place | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """Checked rows, what they mean, each column of their source, and what was guessed or left out, line by line."""

    rows: Rows
    schema: Schema
    columns: tuple[SourceColumn, ...] = ()
    notes: tuple[str, ...] = ()


def column_names(count: int, image_shape: tuple[int, ...] | None = None) -> tuple[str, ...]:
    """Names for columns that have none: pixel0, pixel1, … in images, x0, x1, … elsewhere."""
    stem = "pixel" if image_shape else "x"
    return tuple(f"{stem}{index}" for index in range(count))


def compact(X: np.ndarray) -> np.ndarray:
    """Keep uint8; else float32 if it holds every value exactly, else float64 (training casts as it needs)."""
    if X.dtype in (np.uint8, np.float32):
        return np.ascontiguousarray(X)
    wide = np.ascontiguousarray(X, np.float64)
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float32)
    return narrow if np.array_equal(narrow, wide) else wide
