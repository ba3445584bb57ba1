"""stopping.updates: larger tables are trained in fewer epochs, the same way."""

import dataclasses

import pytest

from pipeline.configuration.settings import from_config, resolve
from pipeline.training.hyperparameters import Hyperparameters, changed, within_updates
from tests.configuration.test_settings import REAL, composed

FULL = changed(
    Hyperparameters(),
    {
        "optimizer.batch_size": 100,
        "stopping.epochs": 256,
        "stopping.patience": 100,
        "stopping.updates": 1000,
        "schedule.name": "cycles",
        "schedule.epochs": 256,
    },
)


@pytest.mark.parametrize(
    ("rows", "epochs", "patience"),
    [(300, 256, 100), (390, 250, 98), (2000, 50, 20), (100_000, 1, 1), (10**7, 1, 1)],
)
def test_epochs_patience_and_schedule_shrink_alike(rows: int, epochs: int, patience: int) -> None:
    found = within_updates(FULL, rows)
    assert (found.stopping.epochs, found.stopping.patience, found.schedule.epochs) == (epochs, patience, epochs)
    assert within_updates(found, rows) == found  # stored settings, resolved again, are themselves


def test_batch_learning_makes_one_update_an_epoch() -> None:
    batch = changed(FULL, {"optimizer.batch_size": 0, "stopping.updates": 10})
    assert within_updates(batch, 5000).stopping.epochs == 10


def test_no_budget_changes_nothing() -> None:
    free = changed(FULL, {"stopping.updates": 0})
    assert within_updates(free, 10**6) == free


def test_the_tables_experiment_stays_within_its_budget() -> None:
    settings = from_config(composed("experiment=tables"))
    small, large = (resolve(settings, dataclasses.replace(REAL, rows=rows)) for rows in (5_000, 600_000))
    assert small.stopping.epochs == 256
    assert large.stopping.epochs * -(-600_000 // 256) <= settings.stopping.updates
    assert large.schedule.epochs == large.stopping.epochs
