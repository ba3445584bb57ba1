"""split: deal the prepared rows to training, validation and the sealed test part."""

from dataclasses import replace

import numpy as np

from pipeline.auditing.crossing import crossing
from pipeline.configuration.params import load_params
from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.data.checks import absent_classes
from pipeline.data.seen import as_opened
from pipeline.feed.dealing import NAMES
from pipeline.feed.parting import deal, dealing_notes, thinned, thinning_notes
from pipeline.feed.rows import Rows
from pipeline.sealing.confine import confine
from pipeline.storage.audits import write_counts
from pipeline.storage.dealt import Deal, seal_of
from pipeline.storage.parts import decisive, write_split
from pipeline.storage.prepared import read_prepared
from pipeline.storage.sealed import write_sealed_test


def main() -> None:
    """data/prepared → data/split and data/sealed/test."""
    confine("split")
    params = load_params().split
    prepared, card = read_prepared()
    whole, *others = deal(prepared, card, params.ratio, params.seed, params.stratify)
    indices = thinned(prepared, card, whole, params.training_rows, params.seed, params.stratify), *others
    dealing = dealing_notes(prepared, card, params.stratify) + thinning_notes(whole, indices[0])
    for note in dealing + absent_classes(prepared.y, indices, card.classes):
        say(f"note: {note}")
    card, recode = as_opened(replace(card, notes=(*card.notes, *dealing)), prepared, indices[:2])

    def part(rows: np.ndarray) -> Rows:
        picked = prepared.pick(rows)
        return replace(picked, X=recode(picked.X))

    train, validation, test = map(part, indices)
    write_counts(crossing(test, part(np.sort(np.concatenate(indices[:2]))), card))
    write_sealed_test(test)
    dealt = Deal(params.ratio, params.seed, params.stratify, len(test), seal_of(test))
    write_split(train, validation, open_card(card, train, validation), deal=dealt)
    sizes = [f"{len(rows)} {name}" for rows, name in zip(indices, NAMES, strict=True)]
    say(f"split {sum(map(len, indices))} rows: {', '.join(sizes)} (sealed)")


def open_card(card: Card, train: Rows, validation: Rows) -> Card:
    """The card of the open parts: of their arrays it has the hashes, of the test rows nothing."""
    parts = (("train", train), ("validation", validation))
    hashes = {f"{name}/{array}": digest for name, part in parts for array, digest in decisive(part).items()}
    return replace(card, rows=len(train) + len(validation), hashes=hashes)


if __name__ == "__main__":
    run_stage(main)
