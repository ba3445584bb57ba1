"""select: choose one trained network by its validation score, and certify the choice."""

import shutil

from pipeline import atomic, files
from pipeline.console import run_stage, say
from pipeline.params import load_params
from pipeline.sealing import certificate
from pipeline.sealing.confine import confine
from pipeline.trials.results import Trial, read_results

COPIED = ("model.npz", "settings.json", "summary.json")


def publish(ranked: list[Trial]) -> None:
    """Write the first of the ranked candidates and the certificate to models/selected, whole or not at all."""
    hashes = files.read_card(files.SPLIT / "card.json").hashes
    paper = certificate.make(ranked, hashes, files.count_validation_rows())
    with atomic.replacing(files.SELECTED) as temporary:
        temporary.mkdir()
        for name in COPIED:
            shutil.copyfile(ranked[0].folder / name, temporary / name)
        files.write_json(temporary / certificate.NAME, paper)
        certificate.check(temporary)


def main() -> None:
    confine("select")
    names = load_params().experiments
    ranked = certificate.candidates([trial for name in names for trial in read_results(name)])
    publish(ranked)
    best = ranked[0].summary
    facts = f"{best['metric']} {best['score']:.4f}, {best['parameters']} weights"
    say(f"selected {ranked[0].experiment}/{ranked[0].key} of {len(ranked)} candidates: {facts}")


if __name__ == "__main__":
    run_stage(main)
