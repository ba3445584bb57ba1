"""evaluate: open the sealed test set, once, for the one model that validation selected."""

import hashlib
from typing import Any

import numpy as np

from pipeline import files
from pipeline.console import run_stage, say
from pipeline.data.card import CLASSIFICATION, Card
from pipeline.reporting.uncertainty import error_interval, mean_interval
from pipeline.sealing import certificate, ledger
from pipeline.sealing.confine import confine
from pipeline.training.metrics import score
from pipeline.training.model import Model
from pipeline.training.threads import one_thread

METRICS = files.REPORTS / "metrics.json"
CONFUSION = files.REPORTS / "confusion.csv"


def measure(model: Model, test: files.Part, card: Card) -> tuple[dict[str, Any], np.ndarray]:
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
    card = files.read_card(files.SPLIT / "card.json")
    paper = certificate.check(files.SELECTED, card.hashes)
    model = files.read_model(files.SELECTED / "model.npz")
    files.check_model(files.SELECTED / "model.npz", model, card)
    test = files.read_sealed_test(card)
    with one_thread():  # the same bits whatever the number of cores
        metrics, counts = measure(model, test, card)
    sealed = hashlib.sha256("".join(map(files.digest, (test.X, test.y))).encode()).hexdigest()
    name, interval, n = metrics["metric"], metrics["interval"], metrics["n"]
    ledger.append(paper["model_sha256"], sealed, metrics[name], n)
    origin = {"experiment": paper["experiment"], "key": paper["chosen"], "model_sha256": paper["model_sha256"]}
    files.write_text(CONFUSION, "true,predicted,rows\n" + "".join(lines(counts, card.classes)))
    files.write_json(METRICS, {**metrics, **origin, "test_sha256": sealed})
    say(f"{name} {metrics[name]:.4f} on {n} rows, 95 % interval {interval[0]:.4f} to {interval[1]:.4f}")


def lines(counts: np.ndarray, classes: tuple[str, ...]) -> list[str]:
    """The confusion counts as CSV lines, one per pair of classes; class indices, for labels may hold commas."""
    return [f"{i},{j},{counts[i, j]}\n" for i in range(len(classes)) for j in range(len(classes))]


if __name__ == "__main__":
    run_stage(main)
