"""Results that needn't be computed again: one small file each, and one table of them all that is committed."""

import csv
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.storage import documents

Facts = dict[str, Any]
NUMBERS = ("score", "log_loss", "validation", "validation_log_loss", "cpu_seconds", "wall_seconds")
COLUMNS = (
    "table", "split", "contestant", "versions", "key", "status", *NUMBERS, "reason", "chosen", "machine", "date"
)  # fmt: skip


class Try(NamedTuple):
    """One contestant on one split of one table; key: a digest of all that decides what comes of it."""

    table: str
    split: int
    contestant: str
    versions: str
    key: str


def versions(packages: Sequence[str]) -> str:
    """``scikit-learn 1.9.1, skrub 0.11.0``; builds of one version (+cpu) are alike. Empty if one is not installed."""
    try:
        return ", ".join(f"{name} {importlib.metadata.version(name).partition('+')[0]}" for name in packages)
    except importlib.metadata.PackageNotFoundError:
        return ""


def identified(table: str, split: int, contestant: str, packages: str, facts: Mapping[str, Any]) -> Try:
    """facts: settings, digest of the table, seed of the split: anything else that decides the result."""
    text = json.dumps([table, split, contestant, packages, facts], sort_keys=True)
    return Try(table, split, contestant, packages, hashlib.sha256(text.encode()).hexdigest()[:12])


class Kept:
    """The results in a folder; those of ``record`` are taken for what the folder does not have."""

    def __init__(self, folder: Path, record: Path | None = None) -> None:
        self._folder = folder
        self._recorded = {found["key"]: found for found in read_record(record)} if record and record.exists() else {}

    def get(self, one: Try) -> Facts | None:
        found = documents.read_object(self._path(one))
        return found if found.get("key") == one.key else self._recorded.get(one.key)

    def recorded_versions(self, contestant: str) -> str:
        """The versions of a contestant's packages in the record, for where they are not installed."""
        found = [one for one in self._recorded.values() if one["contestant"] == contestant]
        return max(found, key=lambda one: one["date"])["versions"] if found else "not installed"

    def put(self, one: Try, facts: Mapping[str, Any]) -> Facts:
        found = {**one._asdict(), **facts}
        self._folder.mkdir(parents=True, exist_ok=True)
        documents.write_json(self._path(one), found)  # whole or not at all
        return found

    def _path(self, one: Try) -> Path:
        stem = "".join(letter if letter.isalnum() else "-" for letter in one.contestant)
        return self._folder / f"{one.table}-{one.split}-{stem}-{one.key}.json"


def write_record(path: Path, results: Iterable[Mapping[str, Any]]) -> None:
    """All results as a table of text and plain numbers, in a fixed order."""
    rows = sorted(results, key=lambda found: (found["table"], found["split"], found["contestant"], found["versions"]))
    lines = [[_written(found.get(name)) for name in COLUMNS] for found in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([list(COLUMNS), *lines])


def read_record(path: Path) -> list[Facts]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [_read(found) for found in csv.DictReader(stream)]


def _written(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _read(found: Mapping[str, str]) -> Facts:
    numbers = {name: float(found[name]) for name in NUMBERS if found[name]}
    texts = {name: value for name, value in found.items() if name not in NUMBERS}
    return {**texts, "split": int(found["split"]), **numbers}
