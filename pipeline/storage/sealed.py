"""The sealed test rows: split → evaluate."""

from pathlib import Path

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage import atomic
from pipeline.storage.parts import read_part, write_part
from pipeline.storage.places import SEALED_TEST


def write_sealed_test(test: Rows, folder: Path = SEALED_TEST) -> None:
    """split → evaluate: the test rows, which no other stage may read."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary, test)


def read_sealed_test(card: Card | None = None, folder: Path = SEALED_TEST) -> Rows:
    """Open the test set. Only stages/evaluate.py may call this (a test holds it)."""
    return read_part(folder, card)
