"""What the mirror may hand to MLflow: files that are what they seem. A link could show rows that a stage can't read."""

import os
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.sealing.boundaries import caches
from pipeline.storage.places import TRIALS


def unlinked(path: Path) -> str:
    """``path`` as MLflow takes it.

    DVC may link what it keeps into its cache; the store of trials, which training writes, holds no links at all.

    Raises:
        HoldoutError: it is a symlink to somewhere else, or a hard link in the store.
    """
    found, place = Path(os.path.realpath(path)), Path.cwd().resolve()
    stored = TRIALS in path.parents
    if stored and (found != place / path or found.stat().st_nlink > 1):
        raise HoldoutError(f"{path} is a link, which no trial writes: delete {path.parent} and run `dvc repro`")
    if found != place / path and not set(found.parents) & caches(place):
        raise HoldoutError(f"{path} leads out of DVC's cache, to {found}: delete it and run `dvc repro`")
    return str(path)
