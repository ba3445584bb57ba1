"""conf/ and the command line as the typed settings of a trial: unknown keys, wrong types and bad ranges are errors."""

import dataclasses
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from pipeline.errors import HoldoutError
from pipeline.limits import NotAllowed, check
from pipeline.training.hyperparameters import Hyperparameters


def from_config(config: DictConfig) -> Hyperparameters:
    """A composed configuration as settings, each held against its type and limits."""
    try:
        values = OmegaConf.to_container(OmegaConf.merge(_typed(), config))
    except (OmegaConfBaseException, ValueError) as error:
        raise HoldoutError(f"settings: {getattr(error, 'full_key', '') or '?'}: {str(error).splitlines()[0]}") from None
    settings: Hyperparameters = _built(Hyperparameters, values)
    try:
        check(settings)
    except NotAllowed as error:
        raise HoldoutError(f"settings: {error}") from None
    return settings


def _typed() -> DictConfig:
    """The types and defaults of all settings, open to other values, which frozen dataclasses are not."""
    schema: DictConfig = OmegaConf.structured(Hyperparameters)
    for section in [schema, *(schema[field.name] for field in dataclasses.fields(Hyperparameters))]:
        if OmegaConf.is_config(section):
            OmegaConf.set_readonly(section, False)
    return schema


def _built(kind: Any, values: Any) -> Any:
    """A dataclass and the sections in it from plain values; lists become tuples."""
    found = {}
    for field in dataclasses.fields(kind):
        value = values[field.name]
        if dataclasses.is_dataclass(field.type):
            value = _built(field.type, value)
        found[field.name] = tuple(value) if isinstance(value, list) else value
    return kind(**found)
