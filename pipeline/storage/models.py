"""A network as model.npz: train → select → evaluate."""

from pathlib import Path

import numpy as np

from pipeline.data import arrays
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.storage import atomic
from pipeline.storage.documents import reading
from pipeline.training.model import Model, from_arrays


def write_model(path: Path, model: Model) -> None:
    """Write a model as plain arrays in one .npz; equal models give equal bytes."""
    with atomic.replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **model.to_arrays())  # type: ignore[arg-type]


def read_model(path: Path) -> Model:
    """Read a model, checking names, shapes and finite values; nothing pickled is ever loaded."""
    return reading(path, lambda: from_arrays(arrays.read_npz(path)))


def check_model(path: Path, model: Model, card: Card) -> None:
    """Refuse a model of other columns or classes than those of the data."""
    found, expected = (model.features, model.classes), (card.features, card.classes)
    if found != expected:
        (columns, classes), (wanted, names) = (tuple(map(len, pair)) for pair in (found, expected))
        raise HoldoutError(
            f"{path}: takes {columns} columns to {classes} classes, which are not the {wanted} columns and {names} "
            "classes of the data: run `dvc repro -f select`"
        )
