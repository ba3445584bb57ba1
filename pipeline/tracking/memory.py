"""What a trial's own files don't tell of its run: the name it was shown by, and the commit when it was first seen.

It is kept beside the trials, so that a database that is built anew says the same as the one that was lost.
"""

from typing import Any

from mlflow.entities import Run

from pipeline.storage.documents import write_json
from pipeline.tracking.destination import deleted
from pipeline.tracking.store import MEMORY, read_object

KEPT = ("mlflow.source.git.commit", "holdout.git.dirty")


def recall(key: tuple[str, ...]) -> dict[str, Any]:
    """What is remembered of one run: ``name`` and ``tags``; empty if nothing is."""
    found = read_object(MEMORY).get("/".join(key), {})
    return found if isinstance(found, dict) else {}


def remember(runs: dict[tuple[str, ...], Run]) -> None:
    """Keep what only MLflow knew until now; a run that a person deleted is left as it was."""
    known = read_object(MEMORY)
    added = {"/".join(key): _facts(run) for key, run in runs.items() if not deleted(run)}
    if known != known | added:
        write_json(MEMORY, known | added)


def past(experiment: str) -> list[str]:
    """Keys of the trials that were once shown below ``experiment``."""
    names = [name.split("/") for name in read_object(MEMORY)]
    return sorted(key for stage, owner, key in names if stage == "trial" and owner == experiment)


def _facts(run: Run) -> dict[str, Any]:
    tags = {name: run.data.tags[name] for name in KEPT if name in run.data.tags}
    return {"name": run.info.run_name, "tags": tags}
