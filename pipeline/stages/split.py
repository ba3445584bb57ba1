"""split: deal the prepared rows to training, validation and the sealed test part."""

import dataclasses

import numpy as np

from pipeline.configuration.params import SplitParams, load_params
from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.data.checks import absent_classes
from pipeline.feed.chronology import chronological
from pipeline.feed.dealing import same_rows, split
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema
from pipeline.sealing.confine import confine
from pipeline.storage.parts import decisive, write_split
from pipeline.storage.prepared import read_prepared
from pipeline.storage.sealed import write_sealed_test


def main() -> None:
    """data/prepared → data/split and data/sealed/test."""
    confine("split")
    params = load_params().split
    prepared, card = read_prepared()
    indices = dealt(prepared, card, params)
    for note in [*without_effect(prepared, card, params), *absent_classes(prepared.y, indices, card.classes)]:
        say(f"note: {note}")
    train, validation, test = (prepared.take(rows) for rows in indices)
    write_sealed_test(test)
    write_split(train, validation, open_card(card, train, validation))
    say(f"split {card.rows} rows: {len(train.y)} training, {len(validation.y)} validation, {len(test.y)} test (sealed)")


def dealt(rows: Rows, schema: Schema, params: SplitParams) -> tuple[np.ndarray, ...]:
    """Index arrays of the three parts: in the order of time where the rows have times, else at random."""
    equal = same_rows(rows.X)
    if rows.moments is not None:
        return chronological(rows.moments, rows.groups, params.ratio, equal)
    stratify = params.stratify and schema.task == CLASSIFICATION
    return split(rows.y, rows.groups, params.ratio, params.seed, stratify, equal)


def without_effect(rows: Rows, schema: Schema, params: SplitParams) -> list[str]:
    """One line where the classes of the parts are left to time or chance, although params.yaml asks for shares."""
    if not params.stratify or not schema.classes:
        return []
    if rows.moments is not None:
        return ["rows are dealt by time, the latest to the test: split.stratify has no effect"]
    several = "rows with several labels are dealt at random: split.stratify has no effect"
    return [] if schema.task == CLASSIFICATION else [several]


def open_card(card: Card, train: Rows, validation: Rows) -> Card:
    """The card of the open parts: it says nothing about the test rows."""
    parts = (("train", train), ("validation", validation))
    hashes = {f"{name}/{array}": digest for name, part in parts for array, digest in decisive(part).items()}
    return dataclasses.replace(card, rows=len(train.y) + len(validation.y), hashes=hashes, notes=())


if __name__ == "__main__":
    run_stage(main)
