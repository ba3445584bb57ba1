"""The data card as card.json: prepare → split → train, select, evaluate, report."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from pipeline.data.card import Card, SourceColumn
from pipeline.feed.schema import KINDS, REGRESSION, TASKS
from pipeline.fields import Kind, list_of, mapping_of, one_of, optional, text, texts, whole, wrong
from pipeline.storage.documents import reading, write_json

PIXELS = list_of(lambda side: whole(side) and side > 0)


def _card_from(values: Any) -> Card:
    """The card with these values; ValueError names the one that no card has."""
    facts: dict[str, Kind] = {
        "source": text,
        "task": one_of(*TASKS),
        "features": lambda found: texts(found) and len(found) > 0,
        "classes": lambda found: texts(found) and (len(found) > 0) == (values["task"] != REGRESSION),
        "image_shape": optional(lambda found: PIXELS(found) and math.prod(found) == len(values["features"])),
        "kinds": lambda found: list_of(one_of(*KINDS))(found) and len(found) in (0, len(values["features"])),
        "levels": lambda found: list_of(texts)(found) and len(found) == len(values["kinds"]),
        "targets": lambda found: texts(found) and len(found) > 0,
        "rows": whole,
        "hashes": mapping_of(text),
        "notes": texts,
        "remarks": texts,
        "columns": list_of(list_of(text, length=len(SourceColumn._fields))),
    }
    if fault := wrong(values, facts):
        raise ValueError(fault)
    lists = {name: tuple(values[name]) for name in ("features", "classes", "kinds", "targets", "notes", "remarks")}
    lists |= {"levels": tuple(map(tuple, values["levels"]))}
    columns = tuple(SourceColumn(*facts) for facts in values["columns"])
    return Card(**{**values, **lists, "columns": columns, "image_shape": tuple(values["image_shape"] or ()) or None})


def write_card(path: Path, card: Card) -> None:
    write_json(path, dataclasses.asdict(card))


def read_card(path: Path) -> Card:
    return reading(path, lambda: _card_from(json.loads(path.read_text(encoding="utf-8"))))
