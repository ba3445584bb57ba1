"""What the claims are computed on: open rows of the bundled images, or rows made by a seed; never test rows."""

import functools
from typing import NamedTuple

import numpy as np

from pipeline.data import bundled
from pipeline.feed.dealing import split
from pipeline.feed.parting import deal
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION, Schema

Array = np.ndarray
RATIO, SEED = (5, 1, 1), 559  # params.yaml's, by which the default pipeline seals its test rows


class Material(NamedTuple):
    """Rows to train on, rows that are held out (None where a claim needs none), and what both mean."""

    train: Rows
    held_out: Rows | None
    schema: Schema


def digits(rows: int, seed: int, held_out: int = 0) -> Material:
    """``rows`` MNIST images to train on and ``held_out`` others, drawn by ``seed``, classes in their shares.

    They are among the training and validation rows of the default data, 4,286 in all; the test rows are in neither.
    held_out 0: none.
    """
    images, schema = _open_digits()
    left = len(images) - rows - held_out
    sizes = [size for size in (rows, held_out, left) if size]
    parts: tuple[Array, ...] = (np.arange(rows),)
    if len(sizes) > 1:
        parts = split(images.y, None, sizes, seed, True)
    return Material(images.take(parts[0]), images.take(parts[1]) if held_out else None, schema)


@functools.cache
def _open_digits() -> tuple[Rows, Schema]:
    table, task = bundled.load("mnist5k")
    schema = Schema(task, table.features, tuple(map(str, range(10))), table.image_shape, targets=(table.target_name,))
    everything = Rows(table.X, table.target.astype(np.int64))
    train, validation, _ = deal(everything, schema, RATIO, SEED, True)
    return everything.take(np.sort(np.concatenate([train, validation]))), schema


def numbers(X: Array, y: Array, held_out: tuple[Array, Array] | None = None) -> Material:
    """Made rows X (rows, columns) with real targets y (rows,) or (rows, targets)."""
    targets = 1 if y.ndim == 1 else y.shape[1]
    names = tuple(f"y{index}" for index in range(targets))
    schema = Schema(REGRESSION, tuple(f"x{index}" for index in range(X.shape[1])), (), targets=names)
    return Material(Rows(X, y), Rows(*held_out) if held_out else None, schema)


def classes(X: Array, y: Array, held_out: tuple[Array, Array] | None = None) -> Material:
    """Made rows X (rows, columns) with class indices y (rows,)."""
    names = tuple(map(str, range(int(y.max()) + 1)))
    schema = Schema(CLASSIFICATION, tuple(f"x{index}" for index in range(X.shape[1])), names, targets=("y",))
    return Material(Rows(X, y), Rows(*held_out) if held_out else None, schema)
