"""select: choose one trained network by its validation score, certify the choice, and say which columns it goes by."""

import shutil
from pathlib import Path

from pipeline.configuration.params import load_params
from pipeline.console import run_stage, say
from pipeline.sealing import certificate, model_card
from pipeline.sealing.code import deciding_hashes
from pipeline.sealing.confine import confine
from pipeline.sealing.rescoring import rescore_trial
from pipeline.storage import atomic, documents
from pipeline.storage.dealt import read_deal
from pipeline.storage.influence import write_influence
from pipeline.storage.models import read_model
from pipeline.storage.parts import OpenData, read_split
from pipeline.storage.places import SELECTED
from pipeline.training.determinism import one_thread
from pipeline.training.importance import importance
from pipeline.trials.folder import MODEL, SETTINGS, SUMMARY, Trial
from pipeline.trials.results import read_results

COPIED = (MODEL, SETTINGS, SUMMARY)


def publish(ranked: list[Trial]) -> None:
    """Write the first of the ranked candidates and the certificate to models/selected, whole or not at all."""
    data = read_split()
    found, code = rescore_trial(ranked[0], data), deciding_hashes()
    paper = certificate.make(ranked, data.card.hashes, read_deal(), len(data.validation), code, found)
    with atomic.replacing(SELECTED) as temporary:
        temporary.mkdir(exist_ok=True)
        for name in COPIED:
            shutil.copyfile(ranked[0].folder / name, temporary / name)
        documents.write_json(temporary / certificate.NAME, paper)
        documents.write_text(temporary / model_card.NAME, model_card.described(paper, ranked[0], data.card))
        certificate.check(temporary)
        explain(temporary, data)


def explain(folder: Path, data: OpenData) -> None:
    """Write which columns matter to the model in ``folder``, on validation rows, if it has a table's columns."""
    model = read_model(folder / MODEL)
    with one_thread():  # the same bits whatever the number of cores
        found = importance(model, data.validation)
    if found is not None:
        write_influence(folder, model.features, found)


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
