"""What a trial's own files don't tell of its run: its name and sweep, and the commit when it was first seen.

It is kept beside the trials, so that a database that is built anew says the same as the one that was lost.
"""

from collections.abc import Mapping
from typing import Any

from mlflow.entities import Run

from pipeline.storage.documents import read_object, write_json
from pipeline.tracking.contents import MEMORY
from pipeline.tracking.owner import DATA

Identity = tuple[str, str, str]  # what makes a run the same run: its stage, and the experiment, trial or content shown
KEPT = ("mlflow.source.git.commit", "holdout.git.dirty", "holdout.sweep", DATA)


class Memory:
    """Name and tags of each run that was ever shown, by its identity; read once in a pass."""

    def __init__(self) -> None:
        self._known = read_object(MEMORY)

    def name(self, key: Identity) -> str | None:
        return self._recall(key).get("name")

    def tags(self, key: Identity) -> dict[str, str]:
        return self._recall(key).get("tags") or {}

    def _recall(self, key: Identity) -> dict[str, Any]:
        found = self._known.get("/".join(key), {})
        return found if isinstance(found, dict) else {}

    def past(self, experiment: str) -> list[str]:
        """Keys of the trials that were once shown below ``experiment``."""
        names = [name.split("/") for name in self._known]
        return sorted(key for stage, owner, key in names if stage == "trial" and owner == experiment)

    def add(self, runs: Mapping[Identity, Run]) -> None:
        """Keep what only MLflow knew until now."""
        known = self._known | {"/".join(key): _facts(run) for key, run in runs.items()}
        if self._known != known:
            write_json(MEMORY, known)


def _facts(run: Run) -> dict[str, Any]:
    tags = {name: run.data.tags[name] for name in KEPT if name in run.data.tags}
    return {"name": run.info.run_name, "tags": tags}
