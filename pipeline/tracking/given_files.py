"""Files that MLflow was given, put on the disk: it syncs none, and its database would outlive them in a power cut."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow.entities import Run

from pipeline.tracking.unlinked import unlinked


def log_files(client: Any, run: Run, *paths: Path) -> None:
    """Log files to a run; where MLflow keeps them in a folder, they are on the disk when this returns."""
    for path in paths:
        client.log_artifact(run.info.run_id, unlinked(path))
    if paths:
        settle(run.info.artifact_uri)


def settle(uri: str) -> None:
    """Sync what lies at an address, if that is a folder here; a server or a bucket sees to its own."""
    parts = urlsplit(uri)
    folder = Path(url2pathname(parts.path))
    if parts.scheme not in ("", "file") or not folder.is_dir():
        return
    for path in (*folder.rglob("*"), folder, *folder.parents[:3]):  # of its run, of all runs, of the project
        with suppress(PermissionError):
            _sync(path)


def _sync(path: Path) -> None:
    """By reading: MLflow copies that a file may only be read, as DVC's may that are linked to its cache."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
