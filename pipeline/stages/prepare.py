"""prepare: read the source that params.yaml names, check it, write typed arrays and their card."""

from pathlib import Path

import numpy as np

from pipeline.configuration.params import FILE, DataParams, load_params
from pipeline.console import run_stage, say
from pipeline.data import sources
from pipeline.data.card import Card
from pipeline.data.dataset import Dataset
from pipeline.feed.rows import Rows
from pipeline.sealing.confine import confine
from pipeline.storage import digests
from pipeline.storage.prepared import write_prepared


def main() -> None:
    """Source → data/prepared. Nothing is written unless all checks pass."""
    confine("prepare")
    params = load_params().data
    data = load(params)
    rows = Rows(data.X, data.y, groups=data.groups, origin=np.arange(len(data.y)))
    card = card_of(data, params)
    write_prepared(rows, card)
    kind = f"{len(card.classes)} classes" if card.classes else "regression"
    say(f"prepared {card.rows} rows × {len(card.features)} inputs ({data.X.dtype}), {kind}, from {card.source}")
    for note in card.notes:
        say(f"note: {note}")


def load(params: DataParams) -> Dataset:
    if params.source != FILE:
        return sources.load_bundled(params.source, params.task)
    return sources.load_files(
        params.path, params.labels, target=params.target, groups=params.groups, task=params.task
    )  # fmt: skip


def card_of(data: Dataset, params: DataParams) -> Card:
    """The card; it names files without their folders, so that it is the same on each machine."""
    source = ", ".join(Path(path).name for path in params.path) if params.source == FILE else params.source
    return Card(
        task=data.task,
        features=data.features,
        classes=data.classes,
        image_shape=data.image_shape,
        source=source,
        targets=(data.target,),
        rows=len(data.y),
        hashes={"X": digests.of_array(data.X), "y": digests.of_array(data.y)},
        notes=data.notes,
    )


if __name__ == "__main__":
    run_stage(main)
