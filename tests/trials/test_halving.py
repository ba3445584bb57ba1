"""A sweep that stops trials early, whole: what is trained, what is given up, and what another store changes in that."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import HoldoutError
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import jobs, multiruns, trial
from pipeline.trials.jobs import Job
from pipeline.trials.results import read_results
from pipeline.trials.store import entries
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import run_trial
from tests.project import ROOT
from tests.trials.made import contents, data

EXPERIMENT = """\
# @package _global_
defaults:
  - override /hydra/sweeper: {sweeper}
network: {{hidden: [4]}}
stopping: {{epochs: 12, patience: 0}}
hydra:
  mode: MULTIRUN
  sweeper:
    trials: 9
    params: {{optimizer.learning_rate: 'tag(log,interval(0.001,0.3))', regularizer.l2: '0,0.01'}}
"""
WORDS = ["experiment=early", "hydra/launcher=basic"]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "open_split", data)
    begin(tmp_path / "first", monkeypatch)


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch, sweeper: str = "halving") -> None:
    """A project of its own with the experiment ``early``."""
    shutil.copytree(ROOT / "conf", folder / "conf")
    (folder / "conf/experiment/early.yaml").write_text(EXPERIMENT.format(sweeper=sweeper))
    monkeypatch.chdir(folder)


def run(*words: str, identity: str = "1", order: Callable[[list[Job]], list[Job]] = list) -> list[str]:
    """Run and publish the sweep; the keys that were told as ended. order: in which a batch is trained."""
    sweep, keys = Sweep("early", identity), []
    with pytest.MonkeyPatch.context() as patch:
        trained = multiruns._trained
        patch.setattr(multiruns, "_trained", lambda rest, *more: trained(order(list(rest)), *more))
        multiruns.run(Path("conf"), [("early", [*WORDS, *words])], sweep, lambda key, teaching: keys.append(key))
    sweep.publish()
    sweep.refuse_failures()
    return keys


def results() -> dict[str, bytes]:
    return contents(Path("experiments/early/results"))


def statuses() -> list[tuple[str, int]]:
    return sorted((one.status, one.summary["epochs"]) for one in read_results("early"))


@pytest.mark.parametrize(
    ("sweeper", "expected"),
    [
        ("halving", [("finished", 12)] + [("pruned", 2)] * 6 + [("pruned", 6)] * 2),
        ("asha", None),
        ("hyperband", None),
    ],
)
def test_some_are_trained_to_their_end_and_the_others_are_pruned(
    sweeper: str, expected: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "second", monkeypatch, sweeper)
    keys = run()
    assert expected is None or statuses() == expected
    assert {status for status, _ in statuses()} == {"finished", "pruned"} and len(statuses()) == 9
    assert sorted(keys) == sorted(one.key for one in read_results("early"))  # each is counted once
    assert not list(GROWING.glob("*/"))
    told = capsys.readouterr().out
    assert "trial 1 of 9, early: " in told and "paused" in told
    assert told.count(", pruned: ") == [status for status, _ in statuses()].count("pruned")
    best = min(read_results("early"), key=lambda one: (not one.finished, one.summary["score"]))
    assert best.model.exists()


def test_what_is_trained_is_the_rest_alone_and_a_second_run_trains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []
    follow = multiruns.Display.follow
    monkeypatch.setattr(
        multiruns.Display, "follow", lambda self, job, epoch: (epochs.append(epoch), follow(self, job, epoch))
    )
    run()
    assert len(epochs) == 9 * 2 + 3 * 4 + 6 and max(epochs) == 12
    first = results()
    monkeypatch.setattr(trial, "validate", lambda *_: pytest.fail("trained again"))
    run(identity="2")
    assert results() == first


@pytest.mark.parametrize("sweeper", ["halving", "asha"])
def test_the_order_in_which_trials_end_changes_no_byte(
    sweeper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    orders: list[Callable[[list[Job]], list[Job]]] = [list, lambda some: some[::-1], lambda some: some[3:] + some[:3]]
    for place, order in enumerate(orders):
        begin(tmp_path / f"order{place}", monkeypatch, sweeper)
        run(order=order)
        found.append(results())
    assert found[0] == found[1] == found[2]


def batch_of_all() -> list[Job]:
    return [
        dataclasses.replace(job, until=None)
        for job in multiruns.Batches(Path("conf"), [("early", WORDS)], "early").ask()
    ]


@pytest.mark.parametrize("kind", ["all in full", "some in full", "some further", "some pruned by another"])
def test_what_the_store_had_before_changes_no_byte(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    expected = results()
    begin(tmp_path / "second", monkeypatch)
    for place, job in enumerate(batch_of_all()):
        if kind == "all in full" or (kind == "some in full" and place % 2):
            run_trial(job.settings, data())
        if kind == "some further" and place % 3:
            run_trial(job.settings, data(), until=9)
        if kind == "some pruned by another" and place % 3:
            run_trial(job.settings, data(), until=1 + 3 * place)
    if kind == "some pruned by another":
        run("hydra.sweeper.min_epochs=1", "hydra.sweeper.reduction_factor=5", identity="other")
    run(identity="2")
    assert results() == expected


def test_a_later_grid_trains_the_pruned_ones_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    pruned = [entry.key for entry in entries() if entry.trial.status == "pruned"]
    seen: list[int] = []
    for job in batch_of_all():
        run_trial(job.settings, data(), lambda epoch, record: seen.append(epoch))
    assert len(pruned) == 8 and len(seen) == 6 * 10 + 2 * 6
    assert {entry.trial.status for entry in entries()} == {"finished"}
    before = results()
    run(identity="2")
    assert results() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["hydra.sweeper.min_epochs=12"],
            "min_epochs=12 is not allowed: nothing can be stopped early with stopping.epochs=12",
        ),
        (["hydra.sweeper.reduction_factor=1"], "reduction_factor=1 is not allowed: it must be from 2"),
        (["validation=k_fold"], "validation.name=k_fold trains several networks"),
        (["hydra.sweeper.draw=grid"], "optimizer.learning_rate is an interval"),
        (["hydra.sweeper.draw=best"], "draw=best is not allowed: it must be grid, random, sobol"),
    ],
)
def test_what_can_not_be_is_said_in_one_line_before_anything_is_trained(words: list[str], said: str) -> None:
    with pytest.raises(HoldoutError) as error:
        run(*words)
    assert said in str(error.value) and "\n" not in str(error.value)
    assert not list(TRIALS.glob("*/summary.json")) and not list(GROWING.glob("*/"))


def test_a_grid_is_halved_too() -> None:
    run("hydra.sweeper.draw=grid", "optimizer.learning_rate=0.01,0.1,0.2", "regularizer.l2=0,0.001")
    assert statuses() == [("finished", 12), *[("pruned", 2)] * 4, ("pruned", 6)]


def test_what_another_grid_of_the_sweep_trains_in_full_is_given_up_by_none(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of one sweep have a record for each key."""
    learned = "optimizer.learning_rate=0.01,0.1,0.2"
    early = [*WORDS, "hydra.sweeper.draw=grid", learned, "regularizer.l2=0"]
    whole = ["--multirun", "hydra/launcher=basic", "network.hidden=[4]", "stopping.epochs=12", "stopping.patience=0"]
    sweep = Sweep("both", "1")
    multiruns.run(Path("conf"), [("early", early), ("whole", [*whole, learned.replace(",0.2", "")])], sweep)
    assert sorted(one.status for one in sweep.trials()) == ["finished", "finished", "pruned"]
