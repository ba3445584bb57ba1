"""The tables and their splits: the same row numbers for every contestant, dealt as the split stage deals them."""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.configuration.params import FILE, DataParams
from pipeline.data.card import Card
from pipeline.data.seen import as_opened
from pipeline.feed.parting import deal
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION
from pipeline.stages.prepare import card_of, load
from pipeline.storage.prepared import preparing, read_prepared

Array = np.ndarray
TABLES = Path(__file__).resolve().parents[3] / "shared/data/tables"
RATIO = (5.0, 1.0, 1.0)
SEEDS = (559, 560, 561, 562, 563)  # of splits 1 to 5; the first is the one that params.yaml is shipped with


@dataclass(frozen=True)
class Table:
    """A table's file, and what the index beside it says of it."""

    name: str
    folder: Path
    target: str
    task: str
    rows: int

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.csv.gz"

    @property
    def classifies(self) -> bool:
        return self.task == CLASSIFICATION


def tables(folder: Path) -> list[Table]:
    """All tables of the folder, the one with the fewest rows first."""
    index: dict[str, dict[str, Any]] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    found = [Table(name, folder, facts["target"], facts["task"], facts["rows"]) for name, facts in index.items()]
    return sorted(found, key=lambda table: table.rows)


@dataclass(frozen=True)
class Ours:
    """What our own stages make of a split: the open parts, their card, and the test part where it is asked for."""

    train: Rows
    validation: Rows
    card: Card
    test: Rows | None = None


def prepared(table: Table, place: Path) -> tuple[Rows, Card]:
    """All rows as the prepare stage has them, from ``place`` if they are there."""
    folder = place / table.name
    if not (folder / "card.json").exists():
        params = DataParams(FILE, (str(table.file),), target=(table.target,))
        with preparing(folder) as made:
            data = load(params, made)
            made.write(data.rows, card_of(data, params))
    return read_prepared(folder)


def parts(table: Table, split: int, place: Path) -> tuple[Array, ...]:
    """Row numbers of the training, validation and test part of split 1, 2, …"""
    rows, card = prepared(table, place)
    return deal(rows, card, RATIO, SEEDS[split - 1], stratify=True)


def ours(table: Table, split: int, place: Path, test: bool) -> Ours:
    """The parts as the split stage writes them: levels that only test rows have are unknown."""
    rows, card = prepared(table, place)
    indices = deal(rows, card, RATIO, SEEDS[split - 1], stratify=True)
    card, recode = as_opened(card, rows, indices[:2])

    def part(picked: Array) -> Rows:
        found = rows.take(picked)
        return replace(found, X=np.asarray(recode(found.X)[:]))

    return Ours(part(indices[0]), part(indices[1]), card, part(indices[2]) if test else None)


@dataclass(frozen=True)
class Frames:
    """What everyone else gets: X as pandas reads the file, y (rows,) class indices or real targets, by part."""

    X: dict[str, pd.DataFrame]
    y: dict[str, Array]


@cache
def _frame(table: Table) -> pd.DataFrame:
    return pd.read_csv(table.file)


def frames(table: Table, split: int, place: Path) -> Frames:
    """The rows of one split, without the target column; the targets are those of our own reading, row by row."""
    frame, (rows, card) = _frame(table), prepared(table, place)
    same = list(map(str, frame[table.target])) if table.classifies else frame[table.target].to_numpy(np.float64)
    known = [card.classes[index] for index in rows.y] if table.classifies else rows.y
    if len(frame) != len(rows) or not np.array_equal(np.asarray(same), np.asarray(known)):
        raise ValueError(f"{table.file}: pandas and the prepare stage don't read the same rows")
    y = rows.y.astype(np.int64 if table.classifies else np.float64).reshape(len(rows), -1)[:, 0]
    dealt = dict(zip(("train", "validation", "test"), parts(table, split, place), strict=True))
    X = frame.drop(columns=table.target)
    return Frames({name: X.iloc[part].reset_index(drop=True) for name, part in dealt.items()},
                  {name: y[part] for name, part in dealt.items()})  # fmt: skip
