"""prepare: read the source that params.yaml names, check it, write typed arrays and their card."""

from pathlib import Path

from pipeline.configuration.params import FILE, DataParams, load_params
from pipeline.console import run_stage, say, show
from pipeline.data import remarks, sources
from pipeline.data.card import Card
from pipeline.data.dataset import Dataset
from pipeline.data.roles import Wishes
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL
from pipeline.reporting.inventory import table_of
from pipeline.sealing.confine import confine
from pipeline.sealing.lookalikes import note_copies
from pipeline.storage import digests
from pipeline.storage.prepared import Preparing, preparing

NOUNS = {CLASSIFICATION: "classes", MULTILABEL: "labels"}


def main() -> None:
    """Source → data/prepared. Nothing is written unless all checks pass."""
    confine("prepare")
    with preparing() as place:
        params = load_params().data
        data = load(params, place)
        card = card_of(data, params)
        place.write(data.rows, card)
    what = f"{len(card.classes)} {NOUNS[card.task]}" if card.classes else f"regression of {card.target}"
    say(f"prepared {card.rows} rows × {len(card.features)} inputs ({data.rows.X.dtype}), {what}, from {card.source}")
    if card.columns:
        show(table_of(card))
    for note in (*card.notes, *card.remarks, *note_copies(params.path + params.labels)):
        say(f"note: {note}")


def load(params: DataParams, place: Preparing) -> Dataset:
    if params.source != FILE:
        return sources.load_bundled(params.source, params.task)
    wishes = Wishes(params.target, params.groups, params.task, params.columns)
    return sources.load_files(params.path, params.labels, wishes, params.read, place.array)


def card_of(data: Dataset, params: DataParams) -> Card:
    """The card; it names files without their folders, so that it is the same on each machine."""
    source = ", ".join(Path(path).name for path in params.path) if params.source == FILE else params.source
    columns, found = remarks.remark(data.rows, data.schema, data.columns)
    return Card(
        **vars(data.schema),
        source=source,
        rows=len(data.rows),
        hashes={"X": digests.of_array(data.rows.X), "y": digests.of_array(data.rows.y)},
        notes=data.notes,
        remarks=tuple(found),
        columns=columns,
    )


if __name__ == "__main__":
    run_stage(main)
