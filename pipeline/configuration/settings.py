"""conf/ and the command line as the typed settings of a trial, and those as training takes them on the data at hand."""

import dataclasses
import functools
import itertools
import re
from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from pipeline.configuration import spelling
from pipeline.configuration.plain import RETIRED
from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.inputs import widest
from pipeline.feed.schema import Schema
from pipeline.fields import shown
from pipeline.headroom import free_bytes
from pipeline.limits import NotAllowed, check, check_effects
from pipeline.training.hyperparameters import Hyperparameters, resolved, within_updates

REFUSED = (" is not allowed", " has no effect")  # what a refusal says after the value
KINDS = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}
CONVERTED = re.compile(
    rf"Value '(.*?)'(?: of type '\w+')? (?:could not be converted to|is not a valid) ({'|'.join(KINDS)})"
)
FIELDS = {field.name for field in dataclasses.fields(Hyperparameters)}
NO_LIST = "is not a ListConfig"  # of a value where a list belongs
COPIES = 3  # of the weights, at the least: they, their gradient and the best so far


def from_config(config: DictConfig, words: Iterable[str] = ()) -> Hyperparameters:
    """A composed configuration as settings: unknown keys, wrong types and bad ranges are errors.

    Args:
        words: of the command line, ``name=value``, so that an error shows a value as it was typed.
    """
    for name in (name for name in RETIRED if name in config):
        raise HoldoutError(f"settings: {name} {RETIRED[name]}; what was trained with it has to be trained again")
    try:
        given = _classes_as_text(cast(dict[str, Any], OmegaConf.to_container(config, resolve=True)))
        if given.keys() - FIELDS:
            OmegaConf.merge(_typed(), given)  # which names what is no setting
        given = {**_defaults(), **given}
        values = {name: _checked(name, given[name]) for name in FIELDS}
    except (OmegaConfBaseException, ValueError) as error:
        raise HoldoutError(f"settings: {_in_our_words(error, config)}") from None
    settings: Hyperparameters = _built(Hyperparameters, values)
    try:
        check(settings)
        check_effects(settings)
    except NotAllowed as error:
        raise HoldoutError(f"settings: {_as_written(error, config, words)}") from None
    return settings


def _in_our_words(error: Exception, config: DictConfig) -> str:
    """What OmegaConf says of an unknown key or a wrong type, with what is allowed in its place."""
    key, line = getattr(error, "full_key", "") or "?", str(error).splitlines()[0]
    if isinstance(error, ConfigKeyError):
        return f"{key}: {spelling.hint(key, spelling.SETTINGS)}"
    if NO_LIST in line:
        found = OmegaConf.select(config, key)
        example = [found] if isinstance(found, int | float) else spelling.example(key)
        return f"{key}={plainly(found)} is not allowed: it must be a list{_as(example)}"
    if converted := CONVERTED.fullmatch(line):
        allowed = f"{KINDS[converted[2]]}{_as(spelling.example(key))}"
        return f"{key}={converted[1]} is not allowed: it must be {allowed}"
    return f"{key}: {line}"


def _as(example: Any) -> str:
    """``, as 0.1``; nothing where there is no example, and for what has two values."""
    return "" if example is None or isinstance(example, bool) else f", as {plainly(example)}"


def plainly(value: Any) -> str:
    """A value as conf/ and the command line write it: text without quotes, true, null."""
    if isinstance(value, str):
        return value
    return shown(OmegaConf.to_object(value) if OmegaConf.is_config(value) else value)


def _as_written(error: NotAllowed, config: DictConfig, words: Iterable[str]) -> str:
    """The error with the value as the person wrote it, not as the type of the setting has made it."""
    typed = [word.partition("=")[2] for word in words if word.lstrip("+").partition("=")[0] == error.key]
    written = typed[-1] if typed else plainly(OmegaConf.select(config, error.key))
    phrase = next((phrase for phrase in REFUSED if phrase in error.text), "")
    found, refused, allowed = error.text.partition(phrase) if phrase else (error.text, "", "")
    return f"{error.key}={written}{refused}{allowed}" if refused and found.startswith("=") else str(error)


def _classes_as_text(given: dict[str, Any]) -> dict[str, Any]:
    """The values with the classes of ``weighting`` by text, whatever YAML took their names for; none for null.

    conf/ has null there, for Hydra takes no new names into a mapping.
    """
    section = given.get("weighting")
    classes = section.get("classes") if isinstance(section, dict) else 0
    if classes is not None and not isinstance(classes, dict):
        return given
    for name in classes or ():
        if isinstance(name, float):
            raise HoldoutError(f"settings: weighting.classes names {name}, a number: put the class's name in quotes")
    return {**given, "weighting": {**given["weighting"], "classes": {str(k): v for k, v in (classes or {}).items()}}}


@functools.cache
def _typed() -> DictConfig:
    """The types and defaults of all settings, open to other values, which frozen dataclasses are not."""
    schema: DictConfig = OmegaConf.structured(Hyperparameters)
    for section in [schema, *(schema[name] for name in FIELDS)]:
        if OmegaConf.is_config(section):
            OmegaConf.set_readonly(section, False)
    return schema


@functools.cache
def _defaults() -> dict[str, Any]:
    values: Any = OmegaConf.to_container(_typed())
    return dict(values)


def _checked(name: str, value: Any) -> Any:
    """A section, or a value beside the sections, as its type makes it; a sweep has most of them many times."""
    key = f"{name}: {value!r}"
    if key not in _known:
        merged: Any = OmegaConf.to_container(OmegaConf.merge(OmegaConf.masked_copy(_typed(), name), {name: value}))
        _known[key] = merged[name]
    return _known[key]


_known: dict[str, Any] = {}


def _built(kind: Any, values: Any) -> Any:
    """A dataclass and the sections in it from plain values; lists become tuples."""
    found = {}
    for field in dataclasses.fields(kind):
        value = values[field.name]
        if dataclasses.is_dataclass(field.type):
            value = _built(field.type, value)
        found[field.name] = tuple(value) if isinstance(value, list) else value
    return kind(**found)


def resolve(settings: Hyperparameters, card: Card) -> Hyperparameters:
    """The settings as training takes them on the data of ``card``.

    Raises:
        HoldoutError: values that are each allowed but can't be used together, not with these data, or not here.
    """
    try:
        found = within_updates(resolved(settings, card), card.rows)
    except NotAllowed as error:
        raise HoldoutError(f"settings: {error}") from None
    _check_size(found, card)
    return found


def _check_size(settings: Hyperparameters, schema: Schema) -> None:
    """Refuse weights that this machine has no memory for, before any is taken."""
    hidden = settings.network.hidden
    sizes = (widest(settings.preprocessing, schema), *hidden, schema.outputs)
    weights = sum((before + 1) * units for before, units in itertools.pairwise(sizes))
    networks = settings.ensemble.members
    weights, together = networks * weights, f" of ensemble.members={networks}" if networks > 1 else ""
    needed, free = COPIES * weights * np.dtype(settings.network.dtype).itemsize, free_bytes()
    if needed > free:
        raise HoldoutError(
            f"settings: network.hidden={list(hidden)} is not allowed: training {weights:,} weights{together} takes "
            f"{needed / 2**30:.1f} GiB, free are {free / 2**30:.1f} GiB; use fewer units"
        )
