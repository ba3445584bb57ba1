"""A training that is killed and goes on at its last snapshot ends with the same bits as one that is left alone."""

import json
from typing import Any

import numpy as np
import pytest

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import Schedule
from pipeline.training.fit import Outcome
from pipeline.training.hyperparameters import Hyperparameters, Network, Validation, changed
from pipeline.training.snapshots import Snapshot
from pipeline.training.stopping import Stopping
from pipeline.training.validation import validate

SCHEMA = Schema("classification", tuple("abcdefghi"), ("in", "out", "edge"), (3, 3))
PLAIN = changed(
    Hyperparameters(),
    {
        "network": Network((6, 4), "tanh,relu", "softmax", "cross_entropy"),
        "optimizer.batch_size": 4,
        "preprocessing.name": "none",
        "stopping": Stopping(epochs=9, patience=5),
        "seed": 3,
    },
)
MOVING = Optimizer("momentum", 0.05, 0.9, batch_size=4)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum with both dropouts": {"optimizer": MOVING, "regularizer": Regularizer(dropout=0.3, input_dropout=0.2)},
    "adam": {"optimizer.name": "adam"},
    "nesterov, clipped, float64": {
        "optimizer": Optimizer("nesterov", momentum=0.8, clip=0.1, batch_size=4),
        "network.dtype": "float64",
    },
    "numpy engine": {"optimizer": MOVING, "network.engine": "numpy"},
    "batch": {"optimizer": Optimizer(learning_rate=0.5, batch_size=0)},
    "plateau": {"schedule": Schedule("plateau", patience=1), "optimizer.learning_rate": 0.9},
    "largest error": {"sampling.name": "largest_error"},
    "most different": {"sampling.name": "most_different"},
    "augmentation": {"augmentation": Augmentation(rotation=20, shift=0.5, elastic=0.3, noise=0.1)},
    "rate of change": {"stopping": Stopping(9, 0, error_change=1e-5, gradient_norm=1e-3)},
    "ensemble": {"ensemble.members": 3, "optimizer": MOVING, "regularizer": Regularizer(dropout=0.3)},
    "ensemble, largest error": {"ensemble.members": 2, "sampling.name": "largest_error"},
    "ensemble in K-fold": {"ensemble.members": 2, "validation": Validation("k_fold", 3)},
    "averaged ensemble": {"ensemble.members": 2, "averaging.name": "exponential", "optimizer.name": "adam"},
    "averaged": {"averaging.name": "exponential", "augmentation": Augmentation(noise=0.1)},
    "K-fold": {"validation": Validation("k_fold", 3)},
    "leave-one-out": {"validation.name": "leave_one_out", "stopping": Stopping(2, 0)},
}


class Killed(Exception):
    """Stands for kill -9."""


class Memory:
    """Keeps each snapshot as it would be on disk; the process dies right after number ``last``."""

    def __init__(self, last: int) -> None:
        self._left, self.kept = last, ""
        self._arrays: dict[str, np.ndarray] = {}

    def load(self) -> Snapshot | None:
        return Snapshot(json.loads(self.kept), self._arrays) if self.kept else None

    def due(self) -> bool:
        return True

    def save(self, snapshot: Snapshot) -> None:
        self.kept = json.dumps(snapshot.facts)
        self._arrays = {name: array.copy() for name, array in snapshot.arrays.items()}
        self._left -= 1
        if self._left == 0:
            raise Killed


def data(settings: Hyperparameters) -> tuple[Rows, Rows]:
    rng = np.random.default_rng(0)
    count = 12 if settings.validation.name == "leave_one_out" else 60
    X = rng.uniform(-1, 1, (count + 30, 9))
    y = np.digitize(X.sum(axis=1), [-0.7, 0.7])
    return Rows(X[:count], y[:count]), Rows(X[count:], y[count:])


def trained(settings: Hyperparameters, checkpoints: Any = None) -> tuple[Outcome, list[Any]]:
    seen: list[Any] = []
    more = () if checkpoints is None else (checkpoints,)
    outcome = validate(settings, *data(settings), SCHEMA, lambda epoch, record: seen.append((epoch, record)), *more)
    return outcome, seen


@pytest.mark.parametrize("kills", [(1,), (3,), (2, 1, 3)], ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_killed_and_resumed_is_bit_for_bit_as_uninterrupted(way: str, kills: tuple[int, ...]) -> None:
    settings = changed(PLAIN, WAYS[way])
    expected, epochs = trained(settings)
    memory = Memory(0)
    for last in kills:
        memory._left = last
        with pytest.raises(Killed):
            trained(settings, memory)
    memory._left = 0
    found, rest = trained(settings, memory)
    assert found.model is not None and expected.model is not None
    for a, b in zip(found.model.weights, expected.model.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert rest == epochs[len(epochs) - len(rest) :]
    for name in ("status", "stopped_by", "epochs", "best_epoch", "score", "metric", "metrics"):
        assert getattr(found, name) == getattr(expected, name), name


def test_a_resumed_training_does_only_what_was_left() -> None:
    memory = Memory(6)
    with pytest.raises(Killed):
        trained(PLAIN, memory)
    _, rest = trained(PLAIN, memory)
    assert rest[0][0] == 7


def test_a_snapshot_of_another_network_is_refused() -> None:
    memory = Memory(2)
    with pytest.raises(Killed):
        trained(PLAIN, memory)
    with pytest.raises(ValueError, match="the snapshot has no W1 of shape"):
        trained(changed(PLAIN, {"network.hidden": (7, 4)}), memory)
