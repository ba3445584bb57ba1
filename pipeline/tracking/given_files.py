"""Files that MLflow was given, put on the disk: it syncs none, and its database would outlive them in a power cut."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow.entities import Run

from pipeline.storage import atomic
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
    for path in folder.rglob("*"):
        atomic.sync(path)
    for path in (folder, *folder.parents[:3]):  # of its run, of all runs, of the project
        atomic.sync(path)
