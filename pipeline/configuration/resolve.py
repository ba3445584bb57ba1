"""From settings to what a training takes: every ``auto`` decided, every combination and the memory checked."""

import itertools

import numpy as np
import psutil

from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.schema import Schema
from pipeline.limits import NotAllowed
from pipeline.training.hyperparameters import Hyperparameters, resolved

COPIES = 3  # of the weights, at the least: they, their gradient and the best so far


def resolve(settings: Hyperparameters, card: Card) -> Hyperparameters:
    """The settings as training takes them on the data of ``card``.

    Raises:
        HoldoutError: values that are each allowed but can't be used together, not with these data, or not here.
    """
    try:
        found = resolved(settings, card)
    except NotAllowed as error:
        raise HoldoutError(f"settings: {error}") from None
    _check_size(found, card)
    return found


def _check_size(settings: Hyperparameters, schema: Schema) -> None:
    """Refuse weights that this machine has no memory for, before any is taken."""
    hidden = settings.network.hidden
    sizes = (len(schema.features), *hidden, schema.outputs)
    weights = sum((before + 1) * units for before, units in itertools.pairwise(sizes))
    needed, free = COPIES * weights * np.dtype(settings.network.dtype).itemsize, psutil.virtual_memory().available
    if needed > free:
        raise HoldoutError(
            f"settings: network.hidden={list(hidden)} is not allowed: training {weights:,} weights takes "
            f"{needed / 2**30:.1f} GiB, free are {free / 2**30:.1f} GiB; use fewer units"
        )
