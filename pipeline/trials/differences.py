"""What differs between two trials, or a trial and the same settings today: settings, data, code and versions."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from omegaconf import OmegaConf

from pipeline.configuration.settings import from_config, plainly, resolve
from pipeline.errors import HoldoutError
from pipeline.trials.folder import ORIGIN, flatten
from pipeline.trials.keys import noted, trial_key
from pipeline.trials.store import Entry, find
from pipeline.trials.trial import open_split

NOW = "now"
SHOWN = 12  # characters of a hash
RESULTS = ("status", "metric", "score", "best_epoch", "epochs", "stopped_by", "parameters", "model_sha256")


class Side(NamedTuple):
    """One of two: its key and when it is of, flat settings, what beside them decides the result, and what came out.

    when: ``now``, which has no result yet, or empty for a trial of the store.
    """

    key: str
    when: str
    settings: Mapping[str, Any]
    origin: Mapping[str, str]
    result: Mapping[str, Any]


def differences(one: str, other: str) -> Iterator[str]:
    """Line by line; ``other`` may be ``now``: the settings of ``one`` under today's data, code and libraries.

    Raises:
        HoldoutError: there is no such trial, or more than one.
    """
    first = find(one)
    a, b = _stored(first), _today(first) if other == NOW else _stored(find(other))
    yield f"{a.key} | {b.key}{f' ({b.when})' if b.when else ''}"
    lines = [*_settings(a, b), *_origins(a, b)]
    yield from lines or ["no difference in settings, data, code and versions"]
    if not b.when:
        yield from _lines("result", a.result, b.result)


def _stored(entry: Entry) -> Side:
    trial = entry.trial
    result = {name: trial.summary[name] for name in RESULTS if name in trial.summary}
    return Side(entry.key, "", flatten(trial.settings), trial.run.get(ORIGIN) or {}, result)


def _today(entry: Entry) -> Side:
    data = open_split()
    settings = resolve(from_config(OmegaConf.create(entry.trial.settings)), data.card)
    flat = flatten(dataclasses.asdict(settings))
    return Side(trial_key(settings, data), NOW, flat, noted(data), {})


def _settings(a: Side, b: Side) -> Iterator[str]:
    if not a.settings or not b.settings:
        raise HoldoutError(f"{(b if a.settings else a).key}: its settings can't be read: run it again")
    yield from _lines("settings", a.settings, b.settings)


def _origins(a: Side, b: Side) -> Iterator[str]:
    if lacking := [side.key for side in (a, b) if not side.origin]:
        yield f"data, code, versions: not noted with {' and '.join(lacking)}, which an earlier version has trained"
        return
    yield from _lines("", a.origin, b.origin)


def _lines(section: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*a, *b]):
        left, right = (_word(side[name]) if name in side else "–" for side in (a, b))
        if left != right:
            yield f"{section} {name}: {left} | {right}".strip()


def _word(value: Any) -> str:
    """A value as one writes it, and of a hash the beginning."""
    text = plainly(list(value) if isinstance(value, tuple) else value)
    return text[:SHOWN] if len(text) == 64 and " " not in text else text
