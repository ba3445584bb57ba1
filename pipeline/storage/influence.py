"""Which columns matter to the selected model, as a table: select → report."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import HoldoutError
from pipeline.fields import finite
from pipeline.storage import documents

if TYPE_CHECKING:  # else whoever reads the table would depend on how models answer
    from pipeline.training.importance import Importance

NAME = "importance.csv"


class Influence(NamedTuple):
    """By how much the metric grows when the column is shuffled: the mean over the repeats and its spread."""

    column: str
    metric: str
    increase: float
    spread: float
    rows: int
    repeats: int


def write_influence(folder: Path, features: tuple[str, ...], found: "Importance") -> None:
    """A line for each column, the one that matters most first."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(Influence._fields)
    lines = zip(features, found.increase.tolist(), found.spread.tolist(), strict=True)
    for name, increase, spread in sorted(lines, key=lambda line: (-line[1], line[0])):
        table.writerow(Influence(name, found.metric, increase, spread, found.rows, found.repeats))
    documents.write_text(folder / NAME, stream.getvalue())


def read_influence(folder: Path) -> list[Influence]:
    """As it was written; empty where there is none, as for images.

    Raises:
        HoldoutError: the table is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return []
    documents.check_kind(path)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            found = [_line(row) for row in csv.DictReader(stream)]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise HoldoutError(f"{path} is no table of columns ({error}): run `dvc repro -f select`") from None
    return found


def _line(row: dict[str, Any]) -> Influence:
    numbers = float(row["increase"]), float(row["spread"])
    if not all(map(finite, numbers)):
        raise ValueError(f"{row['column']} has no finite numbers")
    return Influence(row["column"], row["metric"], *numbers, int(row["rows"]), int(row["repeats"]))
