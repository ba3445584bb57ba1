"""The data card as card.json: prepare → split → train, select, evaluate, report."""

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.data.card import Card
from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.storage.documents import reading, write_json


def _card_from(values: Mapping[str, Any]) -> Card:
    """The card with these values; ValueError names the one that no card has."""
    shape, features, classes = values["image_shape"], values["features"], values["classes"]
    pixels = isinstance(shape, list) and all(type(side) is int and side > 0 for side in shape)
    fine = {
        "source": isinstance(values["source"], str),
        "task": values["task"] in (CLASSIFICATION, REGRESSION),
        "target": isinstance(values["target"], str),
        "features": _texts(features) and len(features) > 0,
        "classes": _texts(classes) and (len(classes) > 0) == (values["task"] == CLASSIFICATION),
        "image_shape": shape is None or (pixels and math.prod(shape) == len(features)),
        "rows": type(values["rows"]) is int,
        "hashes": isinstance(values["hashes"], dict) and _texts(list(values["hashes"].values())),
        "notes": _texts(values["notes"]),
    }
    if wrong := [name for name, good in fine.items() if not good]:
        raise ValueError(f"{wrong[0]} is {str(values[wrong[0]])[:80]}, which no card has")
    lists = {name: tuple(values[name]) for name in ("features", "classes", "notes")}
    return Card(**{**values, **lists, "image_shape": tuple(shape) if shape else None})


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def write_card(path: Path, card: Card) -> None:
    write_json(path, dataclasses.asdict(card))


def read_card(path: Path) -> Card:
    return reading(path, lambda: _card_from(json.loads(path.read_text(encoding="utf-8"))))
