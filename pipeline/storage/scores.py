"""The test score and the confusion counts: evaluate → report."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, list_of, number, text, whole, wrong
from pipeline.storage.documents import read_json, write_json, write_text
from pipeline.storage.places import REPORTS

METRICS = REPORTS / "metrics.json"
CONFUSION = REPORTS / "confusion.csv"


def write_scores(metrics: dict[str, Any], counts: np.ndarray) -> None:
    """Write the test's metrics, and the rows of each pair of a true and a predicted class: counts (classes, classes).

    Classes are named by their indices, for labels may hold commas.
    """
    lines = [f"{true},{predicted},{rows}\n" for (true, predicted), rows in np.ndenumerate(counts)]
    write_text(CONFUSION, "true,predicted,rows\n" + "".join(lines))
    write_json(METRICS, metrics)


def read_metrics(path: Path = METRICS) -> dict[str, Any]:
    """The test's metrics as evaluate wrote them; HoldoutError names what is missing."""
    metrics: dict[str, Any] = read_json(path)
    facts: dict[str, Kind] = {"metric": text, "n": whole, "interval": list_of(number, length=2), "test_sha256": text}
    if not (fault := wrong(metrics, facts)):
        named = [metrics["metric"], *(["test/accuracy"] if metrics["metric"] == "test/error" else [])]
        fault = wrong(metrics, dict.fromkeys(named, number))
    if fault:
        raise HoldoutError(f"{path} is no score of evaluate ({fault}): delete it and run `dvc repro`")
    return metrics


def read_confusion(classes: int, path: Path = CONFUSION) -> np.ndarray:
    """Rows by (true class, predicted class)."""
    counts = np.zeros((classes, classes), int)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                counts[int(row["true"]), int(row["predicted"])] = int(row["rows"])
    except (KeyError, ValueError, TypeError, IndexError, OverflowError, csv.Error) as error:
        raise HoldoutError(f"{path} can't be read ({error!r}): delete it and run `dvc repro`") from None
    return counts
