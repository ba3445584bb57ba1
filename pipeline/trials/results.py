"""Reading what the experiments published: experiments/<name>/results, and nothing else."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS

KEY = re.compile("[0-9a-f]+")
NUMBER, TEXT, NONE = (int, float), (str,), (type(None),)
# The facts in summary.json and their types.
SUMMARY: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("key", "status", "reason", "metric", "stopped_by"), TEXT),
    **dict.fromkeys(("best_epoch", "epochs"), (int,)),
    **{"score": (*NUMBER, *NONE), "metrics": (dict,), "parameters": (int, *NONE), "model_sha256": (*TEXT, *NONE)},
    **dict.fromkeys(("history_sha256", "settings_sha256"), TEXT),
}


@dataclass(frozen=True)
class Trial:
    """One trial of one experiment, as published.

    settings: nested, as in settings.json; summary: as in summary.json; folder: holds them, history.csv and, for a
    finished trial, model.npz.
    """

    experiment: str
    key: str
    settings: dict[str, Any]
    summary: dict[str, Any]
    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model.npz"

    def history(self) -> dict[str, list[float]]:
        """Metrics by name, one value per epoch; ``epoch`` is among the names. Empty if no epoch was finished."""
        return read_history(self.folder)


def read_history(folder: Path) -> dict[str, list[float]]:
    """history.csv of a trial's folder, as ``Trial.history`` gives it."""
    path = folder / "history.csv"
    documents.check_kind(path)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        if rows and "epoch" not in rows[0]:
            raise ValueError("there is no column epoch")
        return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise HoldoutError(f"{path} can't be read ({error}): delete the folder and run `dvc repro`") from None


def check_summary(path: Path, summary: Any) -> None:
    """Raise HoldoutError for the first fact in summary.json that is missing or that no trial has."""
    facts = summary if isinstance(summary, dict) else {}
    for name, kinds in SUMMARY.items():
        if not isinstance(facts.get(name, ...), kinds) or isinstance(facts.get(name), bool):
            found = f"{name} is {str(facts[name])[:80]}" if name in facts else f"there is no {name}"
            raise HoldoutError(f"{path}: {found}, which no trial has: delete its folder and run `dvc repro`")
    if facts["key"] != path.parent.name:
        raise HoldoutError(f"{path}: key is {facts['key'][:80]}, expected the folder's name: delete it and `dvc repro`")


def read_results(experiment: str, root: Path = EXPERIMENTS) -> list[Trial]:
    """The trials of an experiment in the order of its table, trials.csv.

    Raises:
        HoldoutError: the results are missing or damaged.
    """
    folder = root / experiment / "results"
    table = folder / "trials.csv"
    if not table.exists():
        raise HoldoutError(f"{table} is missing: run `dvc repro train@{experiment}`")
    documents.check_kind(table)
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            keys = [row["key"] for row in csv.DictReader(stream)]
    except (KeyError, UnicodeDecodeError, csv.Error):
        raise HoldoutError(f"{table} is no table of trials: delete it and run `dvc repro train@{experiment}`") from None
    for key in keys:
        if not KEY.fullmatch(key or "") or keys.count(key) > 1:
            raise HoldoutError(
                f"{table}: key is {key!r}, allowed: hexadecimal digits, each key once; delete it and run "
                f"`dvc repro train@{experiment}`"
            )
    return [read_trial(experiment, folder / "trials" / key) for key in keys]


def read_trial(experiment: str, folder: Path) -> Trial:
    """The trial in ``folder``; HoldoutError names what is missing or damaged."""
    settings, summary = (documents.read_json(folder / name) for name in ("settings.json", "summary.json"))
    check_summary(folder / "summary.json", summary)
    if not isinstance(settings, dict):
        raise HoldoutError(f"{folder / 'settings.json'}: found no settings: delete the folder and run `dvc repro`")
    return Trial(experiment, folder.name, settings, summary, folder)


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings with dotted names: ``{"optimizer.learning_rate": 0.1, …}``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def varied(settings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The dotted names of the settings whose values differ, sorted."""
    flat = [flatten(values) for values in settings]
    names = sorted({name for values in flat for name in values})
    return [name for name in names if len({repr(values.get(name)) for values in flat}) > 1]
