"""Readable names: what varies in a sweep, whole where it fits, never cut within a value."""

import collections
import json
import re
from collections.abc import Sequence
from typing import Any

LONGEST = 80  # characters; what is longer leaves out settings at its end
SHORT = {
    "network.hidden": "hidden",
    "network.activation": "",
    "network.loss": "",
    "optimizer.name": "",
    "optimizer.learning_rate": "lr",
    "optimizer.momentum": "momentum",
    "optimizer.batch_size": "batch",
    "regularizer.l2": "l2",
    "regularizer.l1": "l1",
    "regularizer.dropout": "dropout",
}


UNNAMABLE = re.compile(r"[^\w.\-: /]|(?<=[/.])[/.]+|^[/.]+")  # what MLflow has no metric's name with


def metric_name(name: str) -> str:
    """The name with ``_`` for what MLflow allows in none: targets and labels are named as people please."""
    return UNNAMABLE.sub("_", name)[:250]


def text_of(value: Any) -> str:
    """A setting as text: lists and null as compact JSON, the rest as Python says it."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict | None) else str(value)


def varied(settings: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the settings that differ within a sweep; of a single trial, those one asks for first."""
    if len(settings) < 2:
        return [name for name in ("network.hidden", "optimizer.learning_rate") if settings and name in settings[0]]
    names = dict.fromkeys(name for each in settings for name in each)
    order = {name: place for place, name in enumerate(SHORT)}
    differing = [name for name in names if len({text_of(each.get(name)) for each in settings}) > 1]
    return sorted(differing, key=lambda name: order.get(name, len(order)))


def _word(name: str, value: Any) -> str:
    last = name.rsplit(".", 1)[-1]
    label, text = SHORT.get(name, last), text_of(value)
    text = text.removesuffix(".0") if isinstance(value, float) else text
    return f"{label}={text}" if label else text


def run_name(settings: dict[str, Any], names: Sequence[str]) -> str:
    """``hidden=[30] lr=0.1``; as many settings as fit, and ``…`` for those that don't."""
    words = [_word(name, settings.get(name)) for name in names]
    name = " ".join(words)
    while len(name) > LONGEST and len(words) > 1:
        words.pop()
        name = f"{' '.join(words)} …"
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def run_names(settings: dict[str, dict[str, Any]]) -> dict[str, str]:
    """A name for each trial of a grid, by key; two that would read alike end in their key."""
    parts = varied(list(settings.values()))
    return distinct({key: run_name(values, parts) or key[:8] for key, values in settings.items()})


def distinct(names: dict[str, str]) -> dict[str, str]:
    """The names, by key; those that occur twice end in their key."""
    taken = collections.Counter(names.values())
    return {
        key: name if taken[name] == 1 else f"{name[: LONGEST - 5].rstrip('… ')} {key[:4]}"
        for key, name in names.items()
    }
