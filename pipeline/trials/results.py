"""Reading what the experiments published: experiments/<name>/results, and nothing else."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.errors import HoldoutError


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
        path = self.folder / "history.csv"
        try:
            with path.open(newline="", encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream))
            return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}
        except (OSError, ValueError, TypeError) as error:
            raise HoldoutError(f"{path} can't be read ({error}): delete the folder and run `dvc repro`") from None


def read_results(experiment: str, root: Path = files.EXPERIMENTS) -> list[Trial]:
    """The trials of an experiment in the order of its table, trials.csv.

    Raises:
        HoldoutError: the results are missing or damaged.
    """
    folder = root / experiment / "results"
    table = folder / "trials.csv"
    if not table.exists():
        raise HoldoutError(f"{table} is missing: run `dvc repro train@{experiment}`")
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            keys = [row["key"] for row in csv.DictReader(stream)]
    except (KeyError, UnicodeDecodeError, csv.Error):
        raise HoldoutError(f"{table} is no table of trials: delete it and run `dvc repro train@{experiment}`") from None
    return [_read_trial(experiment, folder / "trials" / key) for key in keys]


def _read_trial(experiment: str, folder: Path) -> Trial:
    settings, summary = (files.read_json(folder / name) for name in ("settings.json", "summary.json"))
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
