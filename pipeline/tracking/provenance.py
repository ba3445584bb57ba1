"""Where a run comes from: the commit that was checked out, and the data that it read."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag

from pipeline.storage.documents import read_object
from pipeline.tracking.contents import SPLIT_CARD


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def commit_tags() -> dict[str, str]:
    """The commit and whether tracked files differ from it; empty outside a git repository."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    dirty = bool(_git("status", "--porcelain", "--untracked-files=no"))
    return {"mlflow.source.git.commit": commit, "holdout.git.dirty": str(dirty).lower()}


def data_inputs() -> list[DatasetInput]:
    """The training and validation parts, with digests of their arrays' SHA-256 from the split's card."""
    card = read_object(SPLIT_CARD)
    return [_input(card, part) for part in ("train", "validation")] if card else []


def _input(card: dict[str, Any], part: str) -> DatasetInput:
    hashes = card.get("hashes", {})
    mine = {name: value for name, value in hashes.items() if name.startswith(part)} or hashes
    digest = hashlib.sha256("".join(f"{name}{mine[name]}" for name in sorted(mine)).encode()).hexdigest()
    dataset = Dataset(
        name=f"{Path(str(card.get('source'))).name} {part}"[:500],
        digest=digest[:32],
        source_type="local",
        source=f'{{"uri": "data/split/{part}"}}',
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", part)])
