"""What there is to show, read once in a pass: the trials of each experiment's latest sweep."""

import contextlib
import functools
import os
from pathlib import Path
from typing import Any

from pipeline.storage.documents import read_object
from pipeline.storage.places import EXPERIMENTS, GROWING, REPORTS, SELECTED, SWEEPS, TRIALS
from pipeline.trials import folder
from pipeline.trials.folder import RUN, Trial, find_trial
from pipeline.trials.processes import alive

CERTIFICATE, WEIGHTS, TEST_SCORE = SELECTED / "certificate.json", SELECTED / folder.MODEL, REPORTS / "metrics.json"
WATCHED = (CERTIFICATE, WEIGHTS, TEST_SCORE)  # what is shown besides trials
MEMORY, SHOWN = TRIALS / "mirror.json", TRIALS / "shown.json"  # the mirror's own: see memory.py and news.py
AD_HOC = "ad-hoc"


class Contents:
    """The trials as they stand at one moment: each is read once, however many ask for it.

    sweeps: per experiment, the trials of its latest sweep, in the order of its jobs.
    """

    def __init__(self) -> None:
        self._find = functools.cache(find_trial)
        names = {path.name for path in SWEEPS.glob("*") if path.is_dir()}
        names |= {path.parent.name for path in EXPERIMENTS.glob("*/results")}
        self.sweeps = {name: self._members(name) for name in sorted(names)}

    def _members(self, experiment: str) -> list[Trial]:
        found = (self.trial(experiment, key) for key in member_keys(experiment))
        return [trial for trial in found if trial]

    def trial(self, experiment: str, key: str) -> Trial | None:
        """Any trial of the experiment, of whatever sweep; None while it has no files or is only half there."""
        return self._find(experiment, key)


def member_keys(experiment: str) -> list[str]:
    """Keys of the latest sweep: of the results folder, or of records that are newer than it."""
    records = [(_changed(path), read_object(path)) for path in (SWEEPS / experiment).glob("[!.]*.json")]
    places = folder.published(experiment)
    published = sorted(path.name for path in places.glob("*"))
    if published and max((moment for moment, _ in records), default=0) <= _changed(places.parent):
        jobs = {record.get("key"): record.get("job", 0) for _, record in records}
        return sorted(published, key=lambda key: (jobs.get(key, 0), key))
    if experiment != AD_HOC:
        latest = max(records, key=lambda pair: pair[0], default=(0, {}))[1].get("sweep")
        records = [pair for pair in records if pair[1].get("sweep") == latest]
    ordered = sorted((record for _, record in records if "key" in record), key=lambda r: (r.get("job", 0), r["key"]))
    return [record["key"] for record in ordered]


def _changed(path: Path) -> float:
    """When a file was written; 0 if it is gone meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def fingerprint() -> tuple[Any, ...]:
    """Changes whenever a pass could find something new: sizes and times of the files, and who still runs."""
    roots = [TRIALS, *EXPERIMENTS.glob("*/results")]
    paths = [Path(place, name) for root in roots for place, _, names in os.walk(root) for name in names]
    watched = sorted({*paths, *WATCHED} - {MEMORY, SHOWN})
    running = tuple(alive(read_object(path)) for path in sorted(GROWING.glob(f"*/{RUN}")))
    return running, tuple(map(_stamp, watched))


def _stamp(path: Path) -> tuple[str, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_mtime_ns, status.st_size
