"""evaluate: open the sealed test set, once, for the one model that validation selected."""

import hashlib
from typing import Any

import numpy as np

from pipeline.console import run_stage, say
from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION
from pipeline.reporting.uncertainty import error_interval, mean_interval
from pipeline.sealing import certificate, ledger
from pipeline.sealing.confine import confine
from pipeline.storage import digests
from pipeline.storage.cards import read_card
from pipeline.storage.models import check_model, read_model
from pipeline.storage.places import SELECTED, SPLIT
from pipeline.storage.scores import write_scores
from pipeline.storage.sealed import read_sealed_test
from pipeline.training.determinism import one_thread
from pipeline.training.metrics import score
from pipeline.training.model import Model


def measure(model: Model, test: Rows, card: Card) -> tuple[dict[str, Any], np.ndarray]:
    """Metrics on the test rows with the interval of the main one, and the confusion counts (classes, classes)."""
    values: dict[str, Any] = {f"test/{name}": value for name, value in score(model, test.X, test.y).items()}
    found, n = model.predict(test.X), len(test.y)
    counts = np.zeros((len(card.classes),) * 2, int)
    if card.task == CLASSIFICATION:
        np.add.at(counts, (test.y, found), 1)
        main, interval = "test/error", error_interval(int((found != test.y).sum()), n)
    else:
        main, interval = "test/mse", mean_interval(np.square(found - test.y, dtype=np.float64))
    return {**values, "n": n, "metric": main, "interval": list(interval)}, counts


def main() -> None:
    confine("evaluate")
    card = read_card(SPLIT / "card.json")
    paper = certificate.check(SELECTED, card.hashes)
    model = read_model(SELECTED / "model.npz")
    check_model(SELECTED / "model.npz", model, card)
    test = read_sealed_test(card)
    with one_thread():  # the same bits whatever the number of cores
        metrics, counts = measure(model, test, card)
    sealed = hashlib.sha256("".join(map(digests.of_array, (test.X, test.y))).encode()).hexdigest()
    name, interval, n = metrics["metric"], metrics["interval"], metrics["n"]
    ledger.append(paper["model_sha256"], sealed, metrics[name], n)
    origin = {"experiment": paper["experiment"], "key": paper["chosen"], "model_sha256": paper["model_sha256"]}
    write_scores({**metrics, **origin, "test_sha256": sealed}, counts, card.classes)
    say(f"{name} {metrics[name]:.4f} on {n} rows, 95 % interval {interval[0]:.4f} to {interval[1]:.4f}")


if __name__ == "__main__":
    run_stage(main)
