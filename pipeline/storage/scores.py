"""The test score and the confusion counts: evaluate → report."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, list_of, mapping_of, number, text, whole, wrong
from pipeline.storage.documents import read_json, reading, write_json, write_text
from pipeline.storage.places import REPORTS

METRICS = REPORTS / "metrics.json"
CONFUSION = REPORTS / "confusion.csv"
COLUMNS = ("true", "predicted", "rows")
LABEL = "label"  # the column before these where a row may have several labels


def write_scores(metrics: dict[str, Any], counts: np.ndarray, classes: Sequence[str]) -> None:
    """Write the test's metrics, and the rows of each pair of a true and a predicted class: counts (classes, classes).

    Classes are named, and always quoted: ``"01"`` and ``"1"`` are two. Of several labels in a row, the rows of each
    label by what it is, 0 or 1, and what it was taken for: counts (labels, 2, 2).
    """
    stream = io.StringIO()
    table = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    several = counts.ndim == 3
    table.writerow((LABEL, *COLUMNS) if several else COLUMNS)
    for (*label, true, found), rows in np.ndenumerate(counts):
        pair = (classes[label[0]], true, found) if several else (classes[true], classes[found])
        table.writerow((*pair, int(rows)))
    write_text(CONFUSION, stream.getvalue())
    write_json(METRICS, metrics)


def read_metrics(path: Path = METRICS) -> dict[str, Any]:
    """The test's metrics as evaluate wrote them; HoldoutError names what is missing."""
    metrics: dict[str, Any] = read_json(path)
    facts: dict[str, Kind] = {"metric": text, "n": whole, "interval": list_of(number, length=2), "test_sha256": text}
    if not (fault := wrong(metrics, facts)):
        named = [metrics["metric"], *(name for name in ("effective_rows",) if name in metrics)]
        named += ["test/accuracy"] if metrics["metric"] == "test/error" and "labels" not in metrics else []
        parts: list[str] = [name for name in ("labels", "targets") if name in metrics]
        more = dict.fromkeys(parts, mapping_of(mapping_of(number)))
        more |= {"threshold": mapping_of(number)} if "threshold" in metrics else {}
        fault = wrong(metrics, dict.fromkeys(named, number) | more)
    if fault:
        raise HoldoutError(f"{path} is no score of evaluate ({fault}): delete it and run `dvc repro`")
    return metrics


def read_confusion(classes: Sequence[str], several: bool = False, path: Path = CONFUSION) -> np.ndarray:
    """Rows by (true class, predicted class), in the order of ``classes``; if ``several``, by label, true and predicted.

    Raises:
        HoldoutError: a class that is none of ``classes``, or a count that is no whole number; names the line.
    """
    counts = np.zeros((len(classes), 2, 2) if several else (len(classes),) * 2, int)
    place = {name: index for index, name in enumerate(classes)}
    flags = {"0": 0, "1": 1} if several else place
    text = reading(path, lambda: path.read_bytes().decode("utf-8"))  # as it is: names may hold line breaks
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in table:
            true, found, rows = (row[name] for name in COLUMNS)
            label = (place[row[LABEL]],) if several else ()
            counts[*label, flags[true], flags[found]] = int(rows)
    except (KeyError, ValueError, TypeError, OverflowError, csv.Error) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        where = f"{path}: line {max(table.line_num, 1)}"
        raise HoldoutError(f"{where} can't be read ({reason}): delete it and run `dvc repro`") from None
    return counts
