"""The columns of a source as a table on the terminal."""

from rich import box
from rich.table import Table

from pipeline.data.card import Card
from pipeline.data.roles import DROP

SHOWN = 60  # columns; the card has all of them


def table_of(card: Card) -> Table:
    """The columns of the source: kind, use and what was found in them."""
    table = Table("column", "kind", "use", "found", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in card.columns[:SHOWN]:
        table.add_row(*column, style="dim" if column.use == DROP else "")
    if len(card.columns) > SHOWN:
        table.add_row(f"… {len(card.columns) - SHOWN} more", "", "", "all of them are in data/prepared/card.json")
    return table
