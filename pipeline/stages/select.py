"""select: choose one trained network by its validation score, certify the choice, and say which columns it goes by."""

from pipeline.configuration.params import load_params
from pipeline.console import run_stage, say
from pipeline.readable import score_text
from pipeline.sealing import certificate, model_card
from pipeline.sealing.code import deciding_hashes
from pipeline.sealing.confine import confine
from pipeline.sealing.ranking import Ranking, rank
from pipeline.sealing.refit import Fitted, fitted
from pipeline.sealing.rescoring import rescore_trial
from pipeline.storage import atomic, documents
from pipeline.storage.dealt import read_deal
from pipeline.storage.influence import write_influence
from pipeline.storage.parts import OpenData, read_split
from pipeline.storage.places import SELECTED
from pipeline.training.determinism import one_thread
from pipeline.training.importance import importance
from pipeline.trials.folder import MODEL, SETTINGS, SUMMARY
from pipeline.trials.results import read_results


def publish(ranking: Ranking, made: Fitted, data: OpenData) -> None:
    """Write the chosen candidate and the certificate to models/selected, whole or not at all."""
    chosen, rows = ranking.trials[0], len(data.validation)
    found, code = rescore_trial(chosen, data), deciding_hashes()
    with atomic.replacing(SELECTED) as temporary:
        temporary.mkdir()
        for name in (SETTINGS, SUMMARY):
            (temporary / name).write_bytes((chosen.folder / name).read_bytes())
        made.write(temporary / MODEL)
        paper = certificate.make(ranking, data.card.hashes, read_deal(), rows, code, found, made.refit)
        documents.write_json(temporary / certificate.NAME, paper)
        documents.write_text(temporary / model_card.NAME, model_card.described(paper, chosen, data.card))
        certificate.check(temporary)
        with one_thread():  # the same bits whatever the number of cores
            influence = importance(made.model, data.validation)
        if influence is not None:
            write_influence(temporary, made.model.features, influence)


def main() -> None:
    confine("select")
    params, data = load_params(), read_split()
    trials = [trial for name in params.experiments for trial in read_results(name)]
    ranking = rank(trials, params.selection, data)
    made = fitted(ranking, data)
    publish(ranking, made, data)
    best, score = ranking.trials[0], ranking.scores[ranking.trials[0].key]
    facts = f"{ranking.metric} {score_text(ranking.metric, score)}, {best.summary['parameters']} weights"
    say(f"selected {best.experiment}/{best.key} of {len(ranking.trials)} candidates: {facts}{made.said}")


if __name__ == "__main__":
    run_stage(main)
