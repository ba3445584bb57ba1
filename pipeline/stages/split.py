"""split: deal the prepared rows to training, validation and the sealed test part."""

from dataclasses import replace

import numpy as np

from pipeline.configuration.params import load_params
from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.data.checks import absent_classes
from pipeline.data.remarks import remark
from pipeline.data.seen import only_seen
from pipeline.feed.parting import deal, dealing_notes
from pipeline.feed.rows import Rows
from pipeline.sealing.confine import confine
from pipeline.storage.parts import decisive, write_split
from pipeline.storage.prepared import read_prepared
from pipeline.storage.sealed import write_sealed_test


def main() -> None:
    """data/prepared → data/split and data/sealed/test."""
    confine("split")
    params = load_params().split
    prepared, card = read_prepared()
    indices = deal(prepared, card, params.ratio, params.seed, params.stratify)
    dealing = dealing_notes(prepared, card, params.stratify)
    for note in dealing + absent_classes(prepared.y, indices, card.classes):
        say(f"note: {note}")
    card = replace(card, notes=(*card.notes, *dealing))
    parts = [prepared.pick(rows) for rows in indices]
    opened = prepared.pick(np.sort(np.concatenate(indices[:2])))
    card, recode = only_seen(card, opened.X)
    train, validation, test = (replace(part, X=recode(part.X)) for part in parts)
    write_sealed_test(test)
    write_split(train, validation, open_card(card, replace(opened, X=recode(opened.X)), train, validation))
    sizes = f"{len(train.y)} training, {len(validation.y)} validation, {len(test.y)} test (sealed)"
    say(f"split {sum(map(len, indices))} rows: {sizes}")


def open_card(card: Card, opened: Rows, train: Rows, validation: Rows) -> Card:
    """The card of the open parts, ``opened`` both together.

    Its levels and remarks are those of open rows; notes say how the source was read and dealt.
    """
    parts = (("train", train), ("validation", validation))
    hashes = {f"{name}/{array}": digest for name, part in parts for array, digest in decisive(part).items()}
    columns, remarks = remark(opened, card, card.columns)
    return replace(card, rows=len(opened), hashes=hashes, columns=columns, remarks=tuple(remarks))


if __name__ == "__main__":
    run_stage(main)
