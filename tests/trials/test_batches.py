"""What a sweep's command lines ask for: a grid's jobs at once, a search's as it goes on."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.trials import jobs
from pipeline.trials.batches import FRUITLESS, Batches
from pipeline.trials.jobs import Job
from tests.project import ROOT
from tests.trials import made

SEARCH = """\
# @package _global_
defaults:
  - override /hydra/sweeper: {sweeper}
hydra:
  mode: MULTIRUN
  sweeper:
    trials: 6
    params: {params}
"""


@pytest.fixture(autouse=True)
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "open_split", made.data)
    return Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))


def experiment(conf: Path, params: str, sweeper: str = "random", name: str = "look") -> None:
    (conf / f"experiment/{name}.yaml").write_text(SEARCH.format(sweeper=sweeper, params=params))


def ended(job: Job, **more: Any) -> dict[str, Any]:
    """A summary as a trial leaves one; equal settings have one key."""
    return {"key": str(job.settings), "status": "finished", "score": 0.1, **more}


def run(batches: Batches) -> list[list[Job]]:
    found = []
    while batch := batches.ask():
        found.append(batch)
        for job in reversed(batch):  # as workers come back
            batches.tell(job, ended(job))
    return found


def test_a_grid_is_one_batch(conf: Path) -> None:
    batches = Batches(conf, [("", ["--multirun", "seed=1,2,3"])], "ad-hoc")
    (batch,) = run(batches)
    assert [job.words for job in batch] == [("seed=1",), ("seed=2",), ("seed=3",)]
    assert batches.trials == 3 and batches.fewer() is None


def test_an_experiment_searches_and_the_command_line_may_choose_another(conf: Path) -> None:
    experiment(conf, "{optimizer.learning_rate: 'tag(log,interval(0.001,1))'}")
    found = {}
    for sweeper in ("random", "sobol"):
        batches = Batches(conf, [("look", ["experiment=look", f"hydra/sweeper={sweeper}"])], "look")
        assert batches.trials == 6
        (batch,) = run(batches)
        assert [job.number for job in batch] == list(range(6))
        assert all(word.startswith("optimizer.learning_rate=") for job in batch for word in job.words)
        found[sweeper] = [job.settings.optimizer.learning_rate for job in batch]
    assert found["random"] != found["sobol"]


def test_a_search_needs_no_word_for_a_sweep(conf: Path) -> None:
    words = ["hydra/sweeper=random", "hydra.sweeper.trials=2", "seed=int(interval(1,9))", "optimizer=adam"]
    (batch,) = run(Batches(conf, [("", words)], "ad-hoc"))
    assert [len(job.words) for job in batch] == [2, 2]
    assert all(job.settings.optimizer.name == "adam" for job in batch)


def test_several_lines_search_side_by_side_and_numbers_go_on(conf: Path) -> None:
    experiment(conf, "{seed: 'int(interval(1,99))'}", name="one")
    experiment(conf, "{seed: '1,2'}", "basic", name="two")
    with (conf / "experiment/two.yaml").open("r+") as stream:
        text = stream.read().replace("    trials: 6\n", "")
        stream.seek(0)
        stream.truncate()
        stream.write(text)
    batches = Batches(conf, [("one", ["experiment=one"]), ("two", ["experiment=two"])], "both")
    (batch,) = run(batches)
    assert batches.trials == 8
    assert [(job.number, job.grid) for job in batch] == [(n, "one" if n < 6 else "two") for n in range(8)]


def test_trials_with_equal_keys_are_one_and_end_no_search(conf: Path) -> None:
    experiment(conf, "{network.activation: 'tanh,\"tanh,tanh\"', network.hidden: '[3,3]', seed: '1,2,3,4,5'}")
    batches = Batches(conf, [("look", ["experiment=look"])], "look")
    found = run(batches)
    assert len(found) > 1
    every = [job for batch in found for job in batch]
    assert len({str(job.settings) for job in every}) == 5  # the space has no more
    assert batches.fewer() == (5, 6)
    assert len({job.words for job in every}) == len(every) == 10


def test_a_search_that_comes_to_nothing_new_ends(conf: Path) -> None:
    experiment(conf, "{checkpoint_seconds: 'interval(1,100)'}")
    found = run(Batches(conf, [("look", ["experiment=look"])], "look"))
    assert len(found) == 1 + FRUITLESS


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["hydra.sweeper.trials=0"], "hydra.sweeper.trials=0 is not allowed: it must be from 1 to 10,000"),
        (["hydra.sweeper.batch=-1"], "hydra.sweeper.batch=-1 is not allowed"),
        (["hydra/sweeper=search"], "hydra.sweeper.search is '', allowed: random, sobol"),
    ],
)
def test_a_sweeper_that_can_not_be_says_so(conf: Path, words: list[str], message: str) -> None:
    experiment(conf, "{seed: 'interval(1,9)'}")
    with pytest.raises(HoldoutError, match=message):
        Batches(conf, [("look", ["experiment=look", *words])], "look")


def test_a_grid_has_no_intervals(conf: Path) -> None:
    with pytest.raises(
        HoldoutError, match=r"seed=interval\(1,9\): a grid has no intervals: .*hydra/sweeper=.*random or"
    ):
        Batches(conf, [("", ["--multirun", "seed=interval(1,9)"])], "ad-hoc")


def test_a_combination_that_can_not_be_trained_is_told_before_the_first_is(conf: Path) -> None:
    experiment(conf, "{optimizer: 'adam,momentum', optimizer.momentum: 'interval(0.1,0.9)'}")
    with pytest.raises(HoldoutError, match=r"optimizer.momentum=0\.\d+ has no effect with optimizer.name=adam"):
        Batches(conf, [("look", ["experiment=look"])], "look").ask()
