"""evaluate: open the sealed test set, once, for the one model that validation selected."""

from functools import partial

from pipeline.console import run_stage, say
from pipeline.readable import score_text
from pipeline.reporting.intervals import in_words, rows_text
from pipeline.reporting.measured import measure
from pipeline.sealing import certificate, entering
from pipeline.sealing.code import deciding_hashes
from pipeline.sealing.confine import confine
from pipeline.storage.cards import read_card
from pipeline.storage.dealt import seal_of
from pipeline.storage.models import check_model, read_model
from pipeline.storage.parts import read_part
from pipeline.storage.places import SELECTED, SPLIT
from pipeline.storage.scores import write_scores
from pipeline.storage.sealed import read_sealed_test
from pipeline.training.determinism import one_thread


def main() -> None:
    entering.prepare()
    confine("evaluate")
    card = read_card(SPLIT / "card.json")
    paper = certificate.check(SELECTED, card.hashes, deciding_hashes())
    model = read_model(SELECTED / "model.npz")
    check_model(SELECTED / "model.npz", model, card)
    test = read_sealed_test(card)
    certificate.check_seal(paper, seal_of(test))
    with one_thread():  # the same bits whatever the number of cores
        values, counts = measure(model, test, read_part(SPLIT / "train", card), card)
    name = values["metric"]
    origin = {"experiment": paper["experiment"], "key": paper["chosen"], "model_sha256": paper["model_sha256"]}
    values |= {**origin, "test_sha256": paper["deal"]["test_sha256"]}
    entering.record(paper, test.X, card, values)
    write_scores(values, counts, card.classes)
    bounds = in_words(values["interval"], partial(score_text, name))
    say(f"{name} {score_text(name, values[name])} on {rows_text(values['n'])}, {bounds}")


if __name__ == "__main__":
    run_stage(main)
