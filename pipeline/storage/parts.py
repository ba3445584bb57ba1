"""Rows on disk, a folder of plain .npy files (no pickle) for each part of the data: split → train."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.data import arrays, checks
from pipeline.data.card import Card
from pipeline.data.dataset import column_names
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION
from pipeline.storage import atomic, digests
from pipeline.storage.cards import read_card, write_card
from pipeline.storage.documents import reading
from pipeline.storage.places import SPLIT

DECISIVE = ("X", "y", "groups")


class Part(NamedTuple):
    """Rows of one part of the data.

    X: (rows, features); y: (rows,) class indices or real targets;
    rows: (rows,) indices into the prepared data; groups: (rows,) or None.
    """

    X: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class OpenData:
    """What trials may see: the training and the validation part, and the card that describes them."""

    train: Part
    validation: Part
    card: Card

    @property
    def groups(self) -> np.ndarray | None:
        """The groups of all rows, training part first; None without groups."""
        if self.train.groups is None or self.validation.groups is None:
            return None
        return np.concatenate([self.train.groups, self.validation.groups])

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the arrays that decide what is trained, by name: ``train/X``."""
        parts = {"train": self.train, "validation": self.validation}
        arrays = {f"{name}/{array}": getattr(part, array) for name, part in parts.items() for array in DECISIVE}
        return {name: digests.of_array(array) for name, array in arrays.items() if array is not None}


def write_part(folder: Path, part: Part) -> None:
    """Write a part as plain .npy files (no pickle) into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in part._asdict().items():
        if array is not None:
            np.save(folder / f"{name}.npy", array, allow_pickle=False)


def read_part(folder: Path, card: Card | None = None) -> Part:
    """Read a part of the data that ``card`` describes; X is mapped, not copied into memory."""
    names = [name for name in Part._fields if name != "groups" or (folder / "groups.npy").exists()]
    part = Part(**{name: _read_array(folder / f"{name}.npy", mapped=name == "X") for name in names})
    _check_part(folder, part, card)
    reading(folder / "X.npy", lambda: checks.finite("X", part.X, column_names(part.X.shape[1])))
    return part


def _read_array(path: Path, mapped: bool) -> np.ndarray:
    return reading(path, lambda: arrays.read_npy(path, mapped))


def _check_part(folder: Path, part: Part, card: Card | None) -> None:
    """Refuse arrays that can't belong together, or to the data of ``card``."""
    X, y = part.X, part.y
    fine = {"X": X.ndim == 2 and X.size > 0 and X.dtype.kind in "uif"}
    for name, kinds in (("y", "iuf"), ("rows", "iu"), ("groups", "iu")):
        array = getattr(part, name)
        fine[name] = array is None or (array.shape == X.shape[:1] and array.dtype.kind in kinds)
    if card and all(fine.values()):
        indices = y.dtype.kind != "f" and y.min() >= 0 and y.max() < len(card.classes)
        fine["X"] = X.shape[1] == len(card.features)
        fine["y"] = indices if card.task == CLASSIFICATION else bool(np.isfinite(y).all())
    if wrong := [name for name, good in fine.items() if not good]:
        array = getattr(part, wrong[0])
        raise HoldoutError(
            f"{folder / wrong[0]}.npy (shape {array.shape}, type {array.dtype}) does not fit card.json or the arrays "
            f"beside it: delete {folder} and run `dvc repro`"
        )


def write_split(train: Part, validation: Part, card: Card, folder: Path = SPLIT) -> None:
    """split → train: the two open parts and a card that describes nothing but them."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary / "train", train)
        write_part(temporary / "validation", validation)
        write_card(temporary / "card.json", card)


def read_split(folder: Path = SPLIT) -> OpenData:
    """The open parts, as they were dealt.

    Raises:
        HoldoutError: names the array that is missing, can't be, or is not the one that the card has the hash of.
    """
    card = read_card(folder / "card.json")
    found = OpenData(read_part(folder / "train", card), read_part(folder / "validation", card), card)
    for name, digest in found.digests.items():
        if card.hashes.get(name, digest) != digest:
            raise HoldoutError(
                f"{folder / name}.npy holds not the rows that were dealt (SHA-256 {digest[:12]}, in card.json "
                f"{card.hashes[name][:12]}): restore it with `dvc checkout`, or deal anew with `dvc repro -f split`"
            )
    return found


def count_validation_rows(folder: Path = SPLIT) -> int:
    """split → select: how many rows the scores were measured on, without reading them."""
    path = folder / "validation" / "rows.npy"
    return reading(path, lambda: len(arrays.read_npy(path, mapped=True)))
