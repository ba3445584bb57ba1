"""The sealed test rows: split → evaluate."""

import hashlib
from pathlib import Path

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage import atomic, digests
from pipeline.storage.parts import read_part, write_part
from pipeline.storage.places import SEALED_TEST


def write_sealed_test(test: Rows, folder: Path = SEALED_TEST) -> None:
    """split → evaluate: the test rows, which no other stage may read."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary, test)


def read_sealed_test(card: Card | None = None, folder: Path = SEALED_TEST) -> Rows:
    """Open the test set. Only stages/evaluate.py may call this (a test holds it)."""
    return read_part(folder, card)


def sealed_sha256(test: Rows) -> str:
    """The name of a test set: a hash of its inputs and targets."""
    return hashlib.sha256("".join(map(digests.of_array, (test.X, test.y))).encode()).hexdigest()
