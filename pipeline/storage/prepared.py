"""All rows and their card: prepare → split."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage import atomic
from pipeline.storage.cards import read_card, write_card
from pipeline.storage.growing import GrowingArray
from pipeline.storage.parts import read_part, write_part
from pipeline.storage.places import PREPARED

X = "X.npy"


class Preparing:
    """The folder of the prepared rows while it is made; it gets its name when all is written."""

    def __init__(self, folder: Path, closing: contextlib.ExitStack) -> None:
        self._folder, self._closing, self._arrays = folder, closing, 0

    def array(self, columns: int) -> GrowingArray:
        """An empty array in the folder, for rows of so many columns: one of several that may become X."""
        self._arrays += 1
        return self._closing.enter_context(GrowingArray(self._folder / f"{self._arrays}.npy", columns))

    def write(self, rows: Rows, card: Card) -> None:
        """Write the rows and their card; if X is one of the folder's arrays, it is not copied."""
        file = Path(str(rows.X.filename)) if isinstance(rows.X, np.memmap) else None
        if file and file.parent == self._folder.absolute():
            file.rename(self._folder / X)
            rows = dataclasses.replace(rows, X=np.load(self._folder / X, mmap_mode="r", allow_pickle=False))
        for number in range(1, self._arrays + 1):
            (self._folder / f"{number}.npy").unlink(missing_ok=True)
        write_part(self._folder, rows)
        write_card(self._folder / "card.json", card)


@contextlib.contextmanager
def preparing(folder: Path = PREPARED) -> Iterator[Preparing]:
    """prepare → split: an empty folder to write all rows and their card to."""
    with atomic.replacing(folder) as temporary, contextlib.ExitStack() as closing:
        temporary.mkdir(exist_ok=True)
        yield Preparing(temporary, closing)


def write_prepared(rows: Rows, card: Card, folder: Path = PREPARED) -> None:
    """All rows, which fit in memory, and their card."""
    with preparing(folder) as place:
        place.write(rows, card)


def read_prepared(folder: Path = PREPARED) -> tuple[Rows, Card]:
    card = read_card(folder / "card.json")
    return read_part(folder, card), card
