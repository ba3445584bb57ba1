"""How a training ended, and with what."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pipeline.training.model import Model
from pipeline.training.observer import Record

Array = np.ndarray
# Called after each epoch with its number and metrics; True ends the training.
OnEpoch = Callable[[int, Record], bool | None]


@dataclass
class Outcome:
    """How a trial ended.

    status: ``finished`` or ``diverged``; stopped_by: ``patience``, ``epochs``, ``gradient``, ``rate_of_change``,
    ``time``, ``callback`` or ``divergence``. model and metrics are those of the best epoch; last, record and
    state are the model, the metrics and the engine's state at the end.
    """

    status: str
    reason: str
    stopped_by: str
    epochs: int
    best_epoch: int
    score: float | None
    metric: str
    model: Model | None
    metrics: Record = field(default_factory=dict)
    last: Model | None = None
    record: Record = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)
