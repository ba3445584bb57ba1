"""The ledger: one line for each opening of the test set, never rewritten."""

import datetime
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, text, wrong
from pipeline.storage import atomic, documents
from pipeline.storage.places import REPORTS

LEDGER = REPORTS / "ledger.jsonl"
FACTS: dict[str, Kind] = {"model_sha256": text, "test_sha256": text}


def git_commit() -> str | None:
    """The commit of the work tree, with ``-dirty`` if it has changes; None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def append(model_sha256: str, test_sha256: str, score: float, n: int, path: Path = LEDGER) -> None:
    """Record that the test set ``test_sha256`` (n rows) was opened for a model, and what it scored.

    The line is on the disk when this returns.
    """
    line = {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "model_sha256": model_sha256,
        "test_sha256": test_sha256,
        "score": score,
        "n": n,
        "commit": git_commit(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        with atomic.naming(path):
            os.write(descriptor, (json.dumps(line, sort_keys=True) + "\n").encode())
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path = LEDGER) -> list[dict[str, Any]]:
    """The lines of the ledger, oldest first; empty if there is none.

    Raises:
        HoldoutError: a line is not what ``append`` writes.
    """
    if not path.exists():
        return []
    documents.check_kind(path)
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        lines.append(_entry(f"{path} line {number}", line))
    return lines


def _entry(where: str, line: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(line)
        fault = wrong(values, FACTS)
    except (ValueError, RecursionError) as error:
        fault = str(error)
    if fault:
        raise HoldoutError(f"{where}: not an entry of the ledger ({fault}); mend or remove the line")
    return values


def models_tested(test_sha256: str, path: Path = LEDGER) -> int:
    """How many different models this test set was opened for, as far as the ledger here knows."""
    return len({line["model_sha256"] for line in read(path) if line["test_sha256"] == test_sha256})
