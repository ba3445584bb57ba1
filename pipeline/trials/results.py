"""Both ends of experiments/<name>/results: what a sweep hands on, and what is read back from there."""

import csv
import io
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage import atomic, documents
from pipeline.trials.folder import ERRORS, HISTORY, MODEL, SETTINGS, SUMMARY, Trial, flatten, published, read_trial
from pipeline.trials.pruning import PrunedTrial

KEY = re.compile("[0-9a-f]+")
TABLE = "trials.csv"
GRID = "grid"  # a column where an experiment has chosen several
TEACHING = "teaching"  # a column where its trials are no candidates
COLUMNS = ("key", "status", "score", "metric", "best_epoch", "epochs", "stopped_by", "parameters", "reason")


def write_results(
    experiment: str, trials: Sequence[Trial], overrides: Sequence[Mapping[str, str]], teaching: bool = False
) -> None:
    """Build the results of an experiment from these trials only: trials.csv and a folder for each.

    A folder holds settings, summary, history and model: no dates, hosts or durations, so that the same sweep gives
    the same bytes.

    Args:
        overrides: what each trial's job has changed, by name; teaching: whether they are no candidates.
    """
    with atomic.replacing(published(experiment).parent) as temporary:
        for trial in trials:
            _copy(trial, temporary / published(experiment).name / trial.key)
        (temporary / TABLE).write_text(_table(trials, overrides, teaching), encoding="utf-8")


def _copy(trial: Trial, target: Path) -> None:
    target.mkdir(parents=True)
    if isinstance(trial, PrunedTrial):
        trial.write(target)
        return
    for name in (SETTINGS, SUMMARY, HISTORY, MODEL, ERRORS):
        if (trial.folder / name).exists():
            shutil.copyfile(trial.folder / name, target / name)


def _table(trials: Sequence[Trial], overrides: Sequence[Mapping[str, str]], teaching: bool) -> str:
    changed = sorted({name for words in overrides for name in words})
    grids = [GRID] if any(trial.grid for trial in trials) else []
    lesson = {TEACHING: "yes"} if teaching else {}
    metrics = sorted({name for trial in trials for name in trial.summary["metrics"]})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *lesson, *grids, *changed, *metrics])
    for trial, words in zip(trials, overrides, strict=True):
        facts = [*(trial.summary[name] for name in COLUMNS), *lesson.values(), *(trial.grid for _ in grids)]
        writer.writerow([*facts, *map(words.get, changed), *map(trial.summary["metrics"].get, metrics)])
    return text.getvalue()


def read_results(experiment: str) -> list[Trial]:
    """The trials of an experiment in the order of its table, trials.csv.

    Raises:
        HoldoutError: the results are missing or damaged.
    """
    folder = published(experiment)
    rows = _rows(experiment)
    found = [(read_trial(experiment, folder / row["key"], row.get(GRID) or ""), row) for row in rows]
    return [replace(trial, teaching=bool(row.get(TEACHING))) for trial, row in found]


def read_grids(experiment: str) -> dict[str, str]:
    """The keys of an experiment's published trials, in their order, with the grid of each; see ``Trial``.

    Raises:
        HoldoutError: the table is missing or damaged.
    """
    return {row["key"]: row.get(GRID) or "" for row in _rows(experiment)}


def _rows(experiment: str) -> list[dict[str, str]]:
    """The lines of the table, by the names of its columns."""
    table = published(experiment).with_name(TABLE)
    if not table.exists():
        raise HoldoutError(f"{table} is missing: run `dvc repro train@{experiment}`")
    documents.check_kind(table)
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
            keys = [row["key"] for row in rows]
    except (KeyError, UnicodeDecodeError, csv.Error):
        raise HoldoutError(f"{table} is no table of trials: delete it and run `dvc repro train@{experiment}`") from None
    for key in keys:
        if not KEY.fullmatch(key or "") or keys.count(key) > 1:
            raise HoldoutError(
                f"{table}: key is {key!r}, allowed: hexadecimal digits, each key once; delete it and run "
                f"`dvc repro train@{experiment}`"
            )
    return rows


def varied(settings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The dotted names of the settings whose values differ, sorted."""
    flat = [flatten(values) for values in settings]
    names = sorted({name for values in flat for name in values})
    return [name for name in names if len({repr(values.get(name)) for values in flat}) > 1]
