"""The command line of a training: when it is the stage of an experiment."""

import os
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.training.hyperparameters import changed
from pipeline.trials import crew
from pipeline.trials.jobs import Job, published_name
from tests.trials.made import settings


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["experiment=momentum"], "momentum"),
        (["experiment=momentum", "hydra/launcher=two_workers", "allow_failed=true"], "momentum"),
        (
            ["experiment=momentum", "hydra.launcher.partition=a", "+hydra.launcher.ray.init.x=1", "trials_per_job=2"],
            "momentum",
        ),
        (["experiment=momentum", "optimizer.learning_rate=0.1"], None),
        (["--multirun", "optimizer.learning_rate=0.1"], None),
        (["seed=3"], None),
        (["experiment=momentum", "--cfg", "job"], None),
        (["experiment=momentum", "--multirun"], "momentum"),
        (["experiment=momentum", "hydra/sweeper=random"], None),
        (["experiment=momentum", "hydra.sweeper.trials=9"], None),
        ([], None),
    ],
)
def test_only_the_bare_experiment_is_a_stage(words: list[str], name: str | None) -> None:
    assert published_name(words) == name


def test_several_experiments_in_one_are_refused() -> None:
    with pytest.raises(HoldoutError, match=r"experiment=baseline,momentum: expected the name of one experiment"):
        published_name(["--multirun", "experiment=baseline,momentum"])


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 8),
        ({"ensemble.members": 4}, 2),
        ({"validation.seeds": 3}, 2),
        ({"validation.name": "k_fold", "ensemble.members": 4}, 1),
        ({"validation.name": "leave_one_out"}, 1),
    ],
)
def test_trials_that_take_several_cores_leave_fewer_for_others(
    changes: dict[str, Any], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(crew, "METHOD", "fork")
    one = Job(0, "", (), settings(), 10.0, False, False)
    other = Job(1, "", (), changed(settings(), changes), 10.0, False, False)
    assert crew.side_by_side([one, other]) == count
