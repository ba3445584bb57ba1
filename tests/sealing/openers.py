"""Openings of test sets as evaluate records them, without a pipeline before them."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.data.card import Card
from pipeline.sealing import entering, ledger
from pipeline.sealing.standing import Standing
from pipeline.storage import documents
from pipeline.storage.places import SELECTED

FEATURES = 4
# No identity, and one that signs: neither may matter.
BARE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(*words: str, at: Path | None = None) -> str:
    """A command of a person's, in ``at`` or the current folder."""
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always", *words]
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def begin(folder: Path) -> Path:
    """A repository with a committed file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    git("init", "-q", "-b", "main", at=folder)
    (folder / "params.yaml").write_text("a: 1\n", encoding="utf-8")
    (folder / ".gitignore").write_text("/models/\n", encoding="utf-8")
    git("add", ".", at=folder)
    git("commit", "-qm", "begin", at=folder)
    return folder


def rows(seed: int, n: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, FEATURES))


def card() -> Card:
    names = tuple(f"x{i}" for i in range(FEATURES))
    return Card(task="classification", features=names, classes=("a", "b"), source="toy", rows=140, hashes={})


def paper(model: str) -> dict[str, Any]:
    """The certificate of a model with settings of its own, which are put where evaluate finds them."""
    documents.write_json(SELECTED / "settings.json", {"seed": model})
    return {"model_sha256": model * 64, "chosen": model, "experiment": "alpha", "split": {"train/X": "0"}}


def scores(X: np.ndarray, score: float) -> dict[str, Any]:
    name = hashlib.sha256(X.tobytes()).hexdigest()
    return {"metric": "test/error", "test/error": score, "n": len(X), "test_sha256": name}


def look(model: str, seed: int = 0, score: float = 0.25) -> None:
    """Open the test rows of a seed for a model, in the current folder."""
    X = rows(seed)
    entering.record(paper(model), X, card(), scores(X, score))


def standing(model: str, seed: int = 0) -> Standing:
    return ledger.standing(paper(model), scores(rows(seed), 0.25))
