"""The test score, what it rests on, and the confusion counts: evaluate → report."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping, mapping_of, number, optional, text, texts, whole, wrong
from pipeline.storage.documents import read_json, reading, write_json, write_text
from pipeline.storage.places import REPORTS

METRICS = REPORTS / "metrics.json"  # numbers only, kept in git: what `dvc metrics diff` compares
EVALUATION = REPORTS / "evaluation.json"  # all the rest
CONFUSION = REPORTS / "confusion.csv"
COLUMNS = ("true", "predicted", "rows")
LABEL = "label"  # the column before these where a row may have several labels
SIDES = ("low", "high")
RATES = mapping_of(mapping_of(number))
OPTIONAL: dict[str, Kind] = {
    **{"labels": RATES, "targets": RATES, "threshold": mapping_of(number), "effective_rows": number},
    **{"constant_answer": texts, "calibration": optional(mapping)},
}


def write_scores(values: dict[str, Any], counts: np.ndarray, classes: Sequence[str]) -> None:
    """Write the test's numbers, its other facts, and the rows of each pair of a true and a predicted class.

    Counts are (classes, classes). Classes are named, and always quoted: ``"01"`` and ``"1"`` are two. Of several labels
    in a row, the rows of each label by what it is, 0 or 1, and what it was taken for: counts (labels, 2, 2).
    """
    stream = io.StringIO()
    table = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    several = counts.ndim == 3
    table.writerow((LABEL, *COLUMNS) if several else COLUMNS)
    for (*label, true, found), rows in np.ndenumerate(counts):
        pair = (classes[label[0]], true, found) if several else (classes[true], classes[found])
        table.writerow((*pair, int(rows)))
    write_text(CONFUSION, stream.getvalue())
    numbers = {name: value for name, value in values.items() if number(value)}
    write_json(EVALUATION, {name: value for name, value in values.items() if name not in {*numbers, "interval"}})
    bounds = values.get("interval")
    write_json(METRICS, numbers | ({"interval": dict(zip(SIDES, bounds, strict=True))} if bounds else {}))


def read_metrics(folder: Path = REPORTS) -> dict[str, Any]:
    """What evaluate wrote, of both files; ``interval`` is [low, high], or None. HoldoutError names what is missing."""
    facts = _read(folder / EVALUATION.name, {"metric": text, "test_sha256": text, "evidence": _is_evidence})
    kinds: dict[str, Kind] = dict.fromkeys((facts["metric"], "constant"), number)
    kinds |= {"test/accuracy": number} if facts["metric"] == "test/error" and "labels" not in facts else {}
    numbers = _read(folder / METRICS.name, {**kinds, "n": whole})
    return {**facts, **numbers, "interval": _bounds(folder / METRICS.name, numbers)}


def _read(path: Path, needed: dict[str, Kind]) -> dict[str, Any]:
    values: dict[str, Any] = read_json(path)
    fault = wrong(values, needed)
    fault = fault or wrong(values, {name: kind for name, kind in OPTIONAL.items() if name in values})
    if fault:
        raise _unlike(path, fault)
    return values


def _is_evidence(found: Any) -> bool:
    texts_of, numbers = ("kind", "by"), ("score", "freedom", "least", "effective", "most", "standard_error", "skewness")
    kinds = {**dict.fromkeys(texts_of, text), "units": whole, **dict.fromkeys(numbers, number)}
    return wrong(found, kinds) is None and len(found) == len(kinds)


def _bounds(path: Path, numbers: dict[str, Any]) -> list[float] | None:
    if "interval" not in numbers:
        return None
    found = numbers["interval"]
    if fault := wrong(found, dict.fromkeys(SIDES, number)):
        raise _unlike(path, f"interval: {fault}")
    return [found[side] for side in SIDES]


def _unlike(path: Path, fault: str) -> HoldoutError:
    return HoldoutError(f"{path} is no score of evaluate ({fault}): delete it and run `dvc repro`")


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
