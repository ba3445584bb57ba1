"""evaluate: open the sealed test set, once, for the one model that validation selected."""

from typing import Any

import numpy as np

from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION
from pipeline.reporting.uncertainty import effective_rows, error_interval, mean_interval
from pipeline.sealing import certificate, ledger
from pipeline.sealing.code import deciding_hashes
from pipeline.sealing.confine import confine
from pipeline.storage.cards import read_card
from pipeline.storage.dealt import seal_of
from pipeline.storage.models import check_model, read_model
from pipeline.storage.places import SELECTED, SPLIT
from pipeline.storage.scores import write_scores
from pipeline.storage.sealed import read_sealed_test
from pipeline.training import metrics
from pipeline.training.breakdown import counted, per_row, taken_apart
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model


def measure(model: Model, test: Rows, card: Card) -> tuple[dict[str, Any], np.ndarray]:
    """Metrics on the test rows, by their weights, with the interval of the main one; and the counts of ``counted``."""
    weights, z = test.importance, model.readout(test.X)
    found, main = model.decode(z), metrics.main_metric(card)
    measured = metrics.measure(model, z, metrics.desired(model, test.y), test.y, weights)
    effective = {} if weights is None else {"effective_rows": effective_rows(weights)}
    if card.task == CLASSIFICATION:
        interval = error_interval(measured[main], effective.get("effective_rows", len(test)))
    else:
        interval = mean_interval(per_row(model, found, test.y), weights)
    facts = {"n": len(test), "metric": f"test/{main}", "interval": list(interval), **effective, **model.decided_by}
    facts |= taken_apart(card, found, test.y, weights)
    return {f"test/{name}": value for name, value in measured.items()} | facts, counted(card, found, test.y)


def main() -> None:
    ledger.prepare()
    confine("evaluate")
    card = read_card(SPLIT / "card.json")
    paper = certificate.check(SELECTED, card.hashes, deciding_hashes())
    model = read_model(SELECTED / "model.npz")
    check_model(SELECTED / "model.npz", model, card)
    test = read_sealed_test(card)
    certificate.check_seal(paper, seal_of(test))
    with one_thread():  # the same bits whatever the number of cores
        values, counts = measure(model, test, card)
    name, interval, n = values["metric"], values["interval"], values["n"]
    origin = {"experiment": paper["experiment"], "key": paper["chosen"], "model_sha256": paper["model_sha256"]}
    values |= {**origin, "test_sha256": paper["deal"]["test_sha256"]}
    ledger.record(paper, test.X, card, values)
    write_scores(values, counts, card.classes)
    say(f"{name} {values[name]:.4f} on {n} rows, 95 % interval {interval[0]:.4f} to {interval[1]:.4f}")


if __name__ == "__main__":
    run_stage(main)
