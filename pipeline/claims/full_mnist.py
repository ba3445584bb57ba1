"""The full MNIST training file, where a person has it: many more open rows than come with the packages."""

import functools
from pathlib import Path

import numpy as np

from pipeline.claims.material import Material
from pipeline.data import idx
from pipeline.data.dataset import column_names
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema

ABSENT = "The full MNIST training file is not there"
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_FILES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def training_images(folder: str, rows: int, held_out: int, seed: int) -> Material | None:
    """``rows`` images of the training file to train on and ``held_out`` others, drawn by ``seed``; None without it.

    The 10,000 images of the test file are no part of it.
    """
    everything = images(Path(folder), FILES)
    if everything is None:
        return None
    order = np.random.default_rng(seed).permutation(len(everything))
    schema = Schema(CLASSIFICATION, column_names(784, (28, 28)), tuple(map(str, range(10))), (28, 28))
    return Material(everything.take(order[:rows]), everything.take(order[rows : rows + held_out]), schema)


@functools.cache
def images(folder: Path, files: tuple[str, str]) -> Rows | None:
    """All images of the two files, plain or gzipped, with their labels; None where one is not there."""
    paths = [next(iter(sorted(folder.glob(f"{name}*"))), None) for name in files]
    if None in paths:
        return None
    pixels, labels = (idx.read(path) for path in paths if path is not None)
    return Rows(pixels.reshape(len(pixels), -1), labels.astype(np.int64))
