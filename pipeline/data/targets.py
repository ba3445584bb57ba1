"""Desired outputs d for the network, and back (notes §4, target values)."""

import numpy as np

from pipeline.data.preprocessing import Affine, standardize

Array = np.ndarray


def one_hot(labels: Array, classes: int, values: tuple[float, float], dtype: np.dtype) -> Array:
    """Class indices (rows,) as (rows, classes): ``values[1]`` at the class, ``values[0]`` elsewhere."""
    d = np.full((len(labels), classes), values[0], dtype)
    d[np.arange(len(labels)), labels] = values[1]
    return d


def decode(outputs: Array) -> Array:
    """The class with the largest output, (rows,)."""
    return outputs.argmax(axis=-1)


def fit_scale(targets: Array) -> Affine:
    """Mean and spread of real targets (rows,), so that the network learns them at mean 0 and variance 1."""
    return standardize(targets[:, None])
