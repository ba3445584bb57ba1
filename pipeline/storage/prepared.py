"""All rows and their card: prepare → split."""

from pathlib import Path

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage import atomic
from pipeline.storage.cards import read_card, write_card
from pipeline.storage.parts import read_part, write_part
from pipeline.storage.places import PREPARED


def write_prepared(rows: Rows, card: Card, folder: Path = PREPARED) -> None:
    """prepare → split: all rows and their card."""
    with atomic.replacing(folder) as temporary:
        write_part(temporary, rows)
        write_card(temporary / "card.json", card)


def read_prepared(folder: Path = PREPARED) -> tuple[Rows, Card]:
    card = read_card(folder / "card.json")
    return read_part(folder, card), card
