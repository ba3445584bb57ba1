"""Reads what training and the stages left on disk, as plain values; knows nothing of MLflow."""

import csv
import datetime
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.trials.processes import alive

STORE = Path(".trials")
EXPERIMENTS = Path("experiments")
MEMORY, SHOWN = STORE / "mirror.json", STORE / "shown.json"  # the mirror's own: see memory.py and shown.py
WATCHED = ("models/selected/certificate.json", "models/selected/model.npz", "reports/metrics.json")
AD_HOC = "ad-hoc"
RUNNING, KILLED = "running", "killed"


@dataclass(frozen=True)
class Trial:
    """One trial of a sweep.

    Attributes:
        folder: where its files are now.
        status: "running", "killed", or the summary's "finished", "failed", "diverged".
        settings: flat, ``{"optimizer.learning_rate": 0.1}``.
        run: host, pid and times of the process that trained it; empty if it came from the DVC cache.
    """

    experiment: str
    key: str
    folder: Path
    status: str
    settings: dict[str, Any] = field(repr=False)
    summary: dict[str, Any] = field(repr=False)
    run: dict[str, Any] = field(repr=False)

    def history(self) -> list[tuple[int, dict[str, float]]]:
        """(epoch, {metric: value}) of each whole line of history.csv."""
        text = self._history_text()
        reader = csv.DictReader(text[: text.rfind("\n") + 1].splitlines())
        rows = [{name: float(value) for name, value in row.items() if value} for row in reader]
        return [(int(row.pop("epoch")), row) for row in rows]

    def _history_text(self) -> str:
        try:
            return (self.folder / "history.csv").read_text(encoding="utf-8")
        except OSError:  # moved to its final place since it was listed; the next pass finds it there
            return ""


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as ``{"optimizer.learning_rate": 0.1}``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object; empty if the file is missing, half there or something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def milliseconds(moment: Any) -> int | None:
    """An ISO time or seconds since 1970 as MLflow's milliseconds; None if there is none."""
    if isinstance(moment, str):
        return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
    return round(moment * 1000) if isinstance(moment, int | float) else None


def read_trial(experiment: str, key: str) -> Trial | None:
    """Where the trial stands now; None while it has no files."""
    growing, stored = STORE / "running" / key, STORE / key
    published = EXPERIMENTS / experiment / "results" / "trials" / key
    run = read_object(growing / "run.json")
    finished = next((folder for folder in (stored, published) if (folder / "summary.json").exists()), None)
    if run and (alive(run) or finished is None):
        return _trial(experiment, key, growing, {}, RUNNING if alive(run) else KILLED)
    return _trial(experiment, key, finished, read_object(finished / "summary.json")) if finished else None


def _trial(experiment: str, key: str, folder: Path, summary: dict[str, Any], status: str | None = None) -> Trial | None:
    settings = flatten(read_object(folder / "settings.json"))
    status = status or summary.get("status")
    if not settings or status is None:  # half there: the next pass sees it whole
        return None
    return Trial(experiment, key, folder, status, settings, summary, read_object(folder / "run.json"))


def read_sweeps() -> dict[str, list[Trial]]:
    """The trials of each experiment's latest sweep, in the order of its jobs."""
    names = {path.name for path in (STORE / "sweeps").glob("*") if path.is_dir()}
    names |= {path.parent.name for path in EXPERIMENTS.glob("*/results")}
    found = {name: [read_trial(name, key) for key in member_keys(name)] for name in sorted(names)}
    return {name: [trial for trial in trials if trial] for name, trials in found.items()}


def member_keys(experiment: str) -> list[str]:
    """Keys of the latest sweep: of the results folder, or of records that are newer than it."""
    records = [(path.stat().st_mtime, read_object(path)) for path in _files(STORE / "sweeps" / experiment)]
    results = EXPERIMENTS / experiment / "results"
    published = sorted(path.name for path in (results / "trials").glob("*"))
    if published and max((age for age, _ in records), default=0) <= results.stat().st_mtime:
        jobs = {record.get("key"): record.get("job", 0) for _, record in records}
        return sorted(published, key=lambda key: (jobs.get(key, 0), key))
    if experiment != AD_HOC:
        latest = max(records, key=lambda pair: pair[0], default=(0, {}))[1].get("sweep")
        records = [pair for pair in records if pair[1].get("sweep") == latest]
    ordered = sorted((record for _, record in records if "key" in record), key=lambda r: (r.get("job", 0), r["key"]))
    return [record["key"] for record in ordered]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.json") if not path.name.startswith("."))


def fingerprint() -> tuple[Any, ...]:
    """Changes whenever a pass could find something new: sizes and times of the files, and who still runs."""
    roots = [STORE, *EXPERIMENTS.glob("*/results")]
    paths = [os.path.join(folder, name) for root in roots for folder, _, names in os.walk(root) for name in names]
    paths = [path for path in paths if path not in (str(MEMORY), str(SHOWN))]
    running = tuple(alive(read_object(path)) for path in sorted((STORE / "running").glob("*/run.json")))
    return running, tuple(_stamp(path) for path in sorted([*paths, *WATCHED]))


def _stamp(path: str) -> tuple[str, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return path, status.st_mtime_ns, status.st_size
