"""The command line of a training: when it is the stage of an experiment."""

import pytest

from pipeline.errors import HoldoutError
from pipeline.trials.jobs import published_name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["experiment=momentum"], "momentum"),
        (["experiment=momentum", "hydra/launcher=two_workers", "allow_failed=true"], "momentum"),
        (["experiment=momentum", "optimizer.learning_rate=0.1"], None),
        (["--multirun", "optimizer.learning_rate=0.1"], None),
        (["seed=3"], None),
        (["experiment=momentum", "--cfg", "job"], None),
        (["experiment=momentum", "--multirun"], "momentum"),
        ([], None),
    ],
)
def test_only_the_bare_experiment_is_a_stage(words: list[str], name: str | None) -> None:
    assert published_name(words) == name


def test_several_experiments_in_one_are_refused() -> None:
    with pytest.raises(HoldoutError, match=r"experiment=baseline,momentum: expected the name of one experiment"):
        published_name(["--multirun", "experiment=baseline,momentum"])
