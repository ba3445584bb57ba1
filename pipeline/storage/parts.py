"""Rows on disk, a folder of plain .npy files (no pickle) for each part of the data: split → train."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from pipeline.data import arrays, checks
from pipeline.data.card import Card
from pipeline.data.dataset import column_names
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.storage import atomic, digests
from pipeline.storage.cards import read_card, write_card
from pipeline.storage.dealt import Deal, write_deal
from pipeline.storage.documents import reading
from pipeline.storage.places import SPLIT

# File by file, what it holds of the rows; rows.npy says where they stand in the prepared data.
FILES = {"X": "X", "y": "y", "rows": "origin", "groups": "groups", "weights": "importance", "moments": "moments"}
DECISIVE = ("X", "y", "groups", "weights", "moments")
NEEDED = ("X", "y", "rows")


@dataclass(frozen=True)
class OpenData:
    """What trials may see: the training and the validation part, and the card that describes them."""

    train: Rows
    validation: Rows
    card: Card

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the arrays that decide what is trained, by name: ``train/X``."""
        parts = {"train": self.train, "validation": self.validation}
        return {f"{name}/{array}": digest for name, part in parts.items() for array, digest in decisive(part).items()}


def decisive(rows: Rows) -> dict[str, str]:
    """SHA-256 of each array of the rows that decides what is trained on them, by the name of its file."""
    arrays = {name: getattr(rows, FILES[name]) for name in DECISIVE}
    return {name: digests.of_array(array) for name, array in arrays.items() if array is not None}


def write_part(folder: Path, rows: Rows) -> None:
    """Write rows as plain .npy files (no pickle) into ``folder``; an array that grew in its place there is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, field in FILES.items():
        array = getattr(rows, field)
        if array is not None and not _in_place(folder / f"{name}.npy", array):
            _save(folder / f"{name}.npy", array)


def _in_place(path: Path, array: np.ndarray) -> bool:
    """Whether the array is the whole of that file, mapped."""
    if not isinstance(array, np.memmap) or array.filename is None or not path.exists():
        return False
    whole = array.flags.c_contiguous and array.offset + array.nbytes == path.stat().st_size
    return whole and path.samefile(array.filename)


def _save(path: Path, array: np.ndarray) -> None:
    """As numpy.save does, but in pieces: a mapped array is not copied into memory, nor are picked rows."""
    shape = {"descr": npy.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    with path.open("wb") as stream:
        npy.write_array_header_1_0(stream, shape)
        stream.writelines(digests.pieces(array))


def read_part(folder: Path, card: Card | None = None) -> Rows:
    """Read the rows of a part of the data that ``card`` describes; they are mapped, not copied into memory.

    Values may be missing (NaN) where the card has kinds of columns; without a card, none may be.
    """
    names = [name for name in FILES if name in NEEDED or (folder / f"{name}.npy").exists()]
    arrays = {name: _read_array(folder / f"{name}.npy") for name in names}
    _check_part(folder, arrays, card)
    X, gaps = arrays["X"], card is not None and card.gaps
    reading(folder / "X.npy", lambda: checks.finite("X", X, column_names(X.shape[1]), gaps=gaps))
    return Rows(**{FILES[name]: array for name, array in arrays.items()})


def _read_array(path: Path) -> np.ndarray:
    return np.asarray(reading(path, lambda: arrays.read_npy(path, mapped=True)))


def _check_part(folder: Path, found: Mapping[str, np.ndarray], card: Card | None) -> None:
    """Refuse arrays that can't belong together, or to the data of ``card``."""
    X, y = found["X"], found["y"]
    fine = {"X": X.ndim == 2 and X.size > 0 and X.dtype.kind in "uif"}
    for name, kinds in (("rows", "iu"), ("groups", "iu"), ("weights", "f"), ("moments", "iuf")):
        array = found.get(name)
        fine[name] = array is None or (array.shape == X.shape[:1] and array.dtype.kind in kinds)
    fine["weights"] &= _not_below("weights", found, 0)
    fine["moments"] &= _not_below("moments", found, -np.inf)
    fine["y"] = y.shape[:1] == X.shape[:1] and y.ndim in (1, 2) and y.size > 0 and y.dtype.kind in "iuf"
    if card and all(fine.values()):
        fine["X"] = X.shape[1] == len(card.features)
        fine["y"] = _is_target(y, card)
    if wrong := [name for name, good in fine.items() if not good]:
        array = found[wrong[0]]
        raise HoldoutError(
            f"{folder / wrong[0]}.npy (shape {array.shape}, type {array.dtype}) does not fit card.json or the arrays "
            f"beside it: delete {folder} and run `dvc repro`"
        )


def _not_below(name: str, found: Mapping[str, np.ndarray], least: float) -> bool:
    """Whether the array, if there is any, holds finite numbers from ``least`` on."""
    return name not in found or bool((np.isfinite(found[name]) & (found[name] >= least)).all())


def _is_target(y: np.ndarray, card: Card) -> bool:
    """Whether y is what the card's task needs: class indices (rows,), flags (rows, labels), or finite numbers."""
    if card.task == REGRESSION:
        return y.shape[1:] == (() if card.outputs == 1 else (card.outputs,)) and bool(np.isfinite(y).all())
    shape, most = ((), len(card.classes)) if card.task == CLASSIFICATION else ((card.outputs,), 2)
    return y.shape[1:] == shape and y.dtype.kind != "f" and y.min() >= 0 and y.max() < most


def write_split(train: Rows, validation: Rows, card: Card, folder: Path = SPLIT, deal: Deal | None = None) -> None:
    """split → train: the two open parts, a card that describes nothing but them, and how all rows were dealt."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary / "train", train)
        write_part(temporary / "validation", validation)
        write_card(temporary / "card.json", card)
        if deal is not None:
            write_deal(deal, temporary)


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
