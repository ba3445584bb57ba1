"""Searches in a whole project: killed and resumed they ask for the same trials, and each trial is counted."""

import contextlib
import csv
import json
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.project import Run, change, environment, make_project, runner, stages_run
from tests.trials.made import contents

pytestmark = [pytest.mark.ci, pytest.mark.processes]
TRIALS = 14
LOOK = """\
# @package _global_
# Which rate and penalty?   python -m pipeline.stages.train experiment=look
defaults:
  - override /hydra/sweeper: {sweeper}

network: {{hidden: [4]}}
stopping: {{epochs: 4, patience: 2}}

hydra:
  mode: MULTIRUN
  sweeper:
    trials: {trials}
    params:
      optimizer: descent,adam,momentum
      regularizer.l2: tag(log,interval(0.00001,0.1))
    when:
      optimizer=adam: {{optimizer.learning_rate: "tag(log,interval(0.0001,0.01))"}}
      optimizer=descent,momentum: {{optimizer.learning_rate: "tag(log,interval(0.001,1))"}}
      optimizer=momentum: {{optimizer.momentum: "interval(0.5,0.99)"}}
"""
TRAIN = "python -m pipeline.stages.train experiment=look hydra/launcher="


def searching(folder: Path, sweeper: str) -> Run:
    run = make_project(folder, {"source": "iris"})
    (folder / "conf/experiment/look.yaml").write_text(LOOK.format(sweeper=sweeper, trials=TRIALS))
    change(folder / "params.yaml", lambda values: values.update(experiments=["look"]))
    return run


def trained(folder: Path) -> set[str]:
    return {path.parent.name for path in (folder / ".trials").glob("*/summary.json")}


def killed(folder: Path, more: int) -> None:
    """Train until so many more trials are in the store, then kill trainer and workers, as a power cut would."""
    before = len(trained(folder))
    with subprocess.Popen(
        f"{TRAIN}two_workers".split(), cwd=folder, env=environment(HOLDOUT_TRACKING="off"), stdout=-3, stderr=-3
    ) as trainer:
        while len(trained(folder)) < before + more and trainer.poll() is None:
            time.sleep(0.02)
        for process in (*psutil.Process(trainer.pid).children(recursive=True), psutil.Process(trainer.pid)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def test_a_search_that_is_killed_asks_for_the_same_trials(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run = searching(whole, "tpe")
    run("dvc repro prepare split")
    shutil.copytree(whole, cut)
    run(f"{TRAIN}basic")
    for more in (2, 9):  # in the startup, and after the model's first batch
        killed(cut, more)
    assert 0 < len(trained(cut)) < TRIALS
    said = runner(cut)(f"{TRAIN}two_workers").stdout
    assert contents(cut / "experiments/look/results") == contents(whole / "experiments/look/results")
    assert trained(cut) == trained(whole)
    assert len(trained(cut)) == TRIALS and "trial 14 of 14" in said and ", reused" in said


def test_dvc_repro_searches_selects_and_counts_every_candidate(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    run = searching(folder, "sobol")
    run("dvc repro select")
    rows = list(csv.DictReader((folder / "experiments/look/results/trials.csv").read_text().splitlines()))
    assert len(rows) == TRIALS
    assert all((row["optimizer.momentum"] != "") == (row["optimizer"] == "momentum") for row in rows)
    certificate = json.loads((folder / "models/selected/certificate.json").read_text())
    assert len(certificate["candidates"]) == TRIALS
    tried = json.loads((folder / "experiments/tried.jsonl").read_text().splitlines()[-1])["tried"]
    assert tried == TRIALS
    assert stages_run(run("dvc repro select")) == []
    change(folder / "conf/hydra/sweeper/sobol.yaml", lambda values: values.update(trials=TRIALS + 2))
    change(folder / "conf/experiment/look.yaml", lambda values: values["hydra"]["sweeper"].pop("trials"))
    again = run("dvc repro select")
    assert stages_run(again) == ["train@look", "select"]
    assert again.stdout.count(", reused") == TRIALS
    assert json.loads((folder / "experiments/tried.jsonl").read_text().splitlines()[-1])["tried"] == TRIALS + 2
