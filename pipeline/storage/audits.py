"""Counts about the parts, and what the checks of the data and the simple rules found: split → check → report."""

from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, list_of, mapping, mapping_of, number, one_of, text, texts, whole, wrong
from pipeline.storage.documents import read_json, write_json
from pipeline.storage.places import PARTS, REPORTS

DATA_CHECKS = REPORTS / "data-checks.json"
BASELINES = REPORTS / "baselines.json"
Facts = dict[str, Any]
COUNTS: dict[str, Kind] = {
    **dict.fromkeys(
        ("rows", "compared", "others", "held", "equal", "near", "multiples", "changed", "images", "groups"), whole
    ),
    "classes": list_of(whole),
}
FINDING: dict[str, Kind] = {
    **dict.fromkeys(("code", "title", "said", "page", "accepted"), text),
    "severity": one_of("info", "warning", "alarm"),
    "about": texts,
    "numbers": mapping_of(number),
}


def write_counts(counts: Facts, path: Path = PARTS) -> None:
    """split → check: counts of the test part; nothing of a single row."""
    write_json(path, counts)


def read_counts(path: Path = PARTS) -> Facts:
    """As they were written; HoldoutError names what is missing."""
    counts: Facts = read_json(path)
    if fault := wrong(counts, COUNTS):
        raise HoldoutError(f"{path} holds no counts of split ({fault}): delete it and run `dvc repro`")
    return counts


def write_checks(facts: Facts, path: Path = DATA_CHECKS) -> None:
    """check → report."""
    write_json(path, facts)


def read_checks(path: Path = DATA_CHECKS) -> Facts:
    """What the checks found, as plain values."""
    facts: Facts = read_json(path)
    fault = wrong(facts, {"findings": list_of(mapping), "unused": texts})
    fault = fault or next(filter(None, (wrong(one, FINDING) for one in facts["findings"])), None)
    if fault:
        raise HoldoutError(f"{path} is no result of check ({fault}): delete it and run `dvc repro`")
    return facts


def write_baselines(facts: Facts, path: Path = BASELINES) -> None:
    """baselines → report."""
    write_json(path, facts)


def read_baselines(path: Path = BASELINES) -> Facts:
    facts: Facts = read_json(path)
    kinds: dict[str, Kind] = {"metric": text, "rows": whole}
    fault = wrong(facts, {**kinds, "rules": list_of(mapping), "findings": list_of(mapping)})
    if fault:
        raise HoldoutError(f"{path} is no result of baselines ({fault}): delete it and run `dvc repro`")
    return facts
