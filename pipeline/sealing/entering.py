"""Enters an opening in the ledger: what evaluate writes down before it tells a score."""

import datetime
import subprocess
import sys
from typing import Any

import numpy as np
from filelock import FileLock

from pipeline.data.card import Card
from pipeline.sealing import fingerprints, gathered, witness
from pipeline.sealing.certificate import Certificate
from pipeline.sealing.code import code_hash, hash_of
from pipeline.sealing.confine import OFF, held
from pipeline.sealing.openings import REFERENCE, ROWS
from pipeline.storage import atomic, documents
from pipeline.storage.places import SELECTED

# The code that decides the numbers.
ENGINE = ("pipeline/arithmetic", "pipeline/feed", "pipeline/nn", "pipeline/training")
LOCK = "ledger.lock"
SHARED = ("metric", "test_sha256", "n")


def git_commit() -> str | None:
    """The commit of the work tree, with ``-dirty`` if it has changes; None outside a repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def prepare() -> None:
    """Make the folders that a confined evaluate writes in, and read all witnesses once.

    Raises:
        HoldoutError: one of them can't be read; better known before the test set is opened than after.
    """
    atomic.sweep_leftovers(witness.home() / ROWS)
    directory = gathered.repository()
    if directory is not None:
        atomic.make_folder((directory / REFERENCE).parent)
    gathered.gather()


def record(paper: Certificate, X: np.ndarray, card: Card, scores: dict[str, Any]) -> None:
    """Record that test rows X (rows, features) were opened for the model of the certificate, and what it scored.

    It is on the disk when this returns; where git refuses it, in the chained file alone, which is said on the terminal.

    Args:
        scores: as evaluate writes them: ``metric``, its value, ``n``, ``test_sha256``.
    """
    taken = fingerprints.take(X, card)
    entry = {
        **{name: scores[name] for name in SHARED},
        **{"score": scores[scores["metric"]], "model_sha256": paper["model_sha256"]},
        **{"key": paper["chosen"], "experiment": paper["experiment"], "recipe": recipe(paper)},
        **{"code": code_hash("evaluate"), "source": card.source},
        "columns": list(taken.columns),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "commit": git_commit(),
        "confinement": confinement.kind if (confinement := held()) else OFF,
    }
    with FileLock(witness.home() / LOCK):
        entry["rows"] = gathered.keep_rows(taken.to_bytes())
        witness.append(witness.home() / gathered.CHAIN, entry)
        trouble = gathered.settle()
    if trouble:
        print(f"note: {trouble}; the opening is in {witness.home() / gathered.CHAIN}", file=sys.stderr)


def recipe(paper: Certificate) -> str:
    """SHA-256 of what the selected network comes from: another processor's last bits are not in it."""
    settings = documents.read_json(SELECTED / "settings.json")
    facts = {"settings": settings, "split": paper["split"], "refit": bool(paper.get("refit"))}
    return witness.digest({**facts, "engine": hash_of(ENGINE)})
