"""split: deal the prepared rows to training, validation and the sealed test part."""

from dataclasses import replace

import numpy as np

from pipeline.configuration.params import load_params
from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.data.checks import absent_classes
from pipeline.data.remarks import remark
from pipeline.data.seen import only_seen
from pipeline.feed.dealing import split
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION
from pipeline.sealing.confine import confine
from pipeline.storage import digests
from pipeline.storage.parts import write_split
from pipeline.storage.prepared import read_prepared
from pipeline.storage.sealed import write_sealed_test


def main() -> None:
    """data/prepared → data/split and data/sealed/test."""
    confine("split")
    params = load_params().split
    prepared, card = read_prepared()
    stratify = params.stratify and card.task == CLASSIFICATION
    indices = split(prepared.y, prepared.groups, params.ratio, params.seed, stratify, same_rows(prepared.X))
    for note in absent_classes(prepared.y, indices, card.classes):
        say(f"note: {note}")
    parts = [prepared.pick(rows) for rows in indices]
    opened = prepared.pick(np.sort(np.concatenate(indices[:2])))
    card, recode = only_seen(card, opened.X)
    train, validation, test = (replace(part, X=recode(part.X)) for part in parts)
    write_sealed_test(test)
    write_split(train, validation, open_card(card, replace(opened, X=recode(opened.X)), train, validation))
    say(f"split {card.rows} rows: {len(train.y)} training, {len(validation.y)} validation, {len(test.y)} test (sealed)")


def open_card(card: Card, opened: Rows, train: Rows, validation: Rows) -> Card:
    """The card of the open parts, ``opened`` both together: it says nothing about the test rows."""
    hashes = {
        f"{name}/{array}": digests.of_array(getattr(part, array))
        for name, part in (("train", train), ("validation", validation))
        for array in ("X", "y")
    }
    columns, remarks = remark(opened, card, card.columns)
    return replace(card, rows=len(opened), hashes=hashes, columns=columns, remarks=tuple(remarks))


if __name__ == "__main__":
    run_stage(main)
