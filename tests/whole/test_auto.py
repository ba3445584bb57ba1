"""An experiment that leaves the choice to the data, run by DVC beside one of its own sweeps and one of the user's."""

import csv
import json
from pathlib import Path

import pytest
import yaml

from tests.project import change, make_project, stages_run, write_small_experiments

pytestmark = [pytest.mark.processes, pytest.mark.ci]


def test_what_auto_chooses_is_one_sweep(tmp_path: Path) -> None:
    folder = tmp_path / "iris"
    run = make_project(folder, {"source": "iris"})
    write_small_experiments(folder)
    mine = (folder / "conf/experiment/rates.yaml").read_text().replace("0.1,0.3", "0.05")
    (folder / "conf/experiment/mine.yaml").write_text(mine)
    choice = {"experiments": {"tables": ["rates", "topologies"], "images": ["baseline"]}}
    (folder / "conf/experiment/auto.yaml").write_text(yaml.safe_dump(choice))
    change(folder / "params.yaml", lambda values: values.update(experiments=["auto", "mine", "rates"]))

    refused = run("dvc repro", status=255, HOLDOUT_TRACKING="off")
    assert "error: conf/experiment/auto.yaml: experiments.tables names rates, but dvc.yaml would" in refused.stderr
    listed = [{f"conf/experiment/{name}.yaml": None} for name in ("rates", "topologies")]
    change(folder / "dvc.yaml", lambda values: values["stages"]["train"]["do"]["params"].extend(listed))
    done = run("dvc repro", HOLDOUT_LAUNCHER="two_workers", HOLDOUT_TRACKING="off")
    assert "trial 4 of 4, topologies: network.hidden=[5]: validation/error" in done.stdout
    assert "trial 2 of 2, rates: optimizer.learning_rate=0.3: " in done.stdout
    assert sum(line.endswith(", reused") for line in done.stdout.splitlines()) == 2  # of rates alone, whatever its name

    table = list(csv.DictReader((folder / "experiments/auto/results/trials.csv").read_text().splitlines()))
    assert [row["grid"] for row in table] == ["rates", "rates", "topologies", "topologies"]
    candidates = json.loads((folder / "models/selected/certificate.json").read_text())["candidates"]
    assert {one["experiment"] for one in candidates} == {"auto", "mine"}
    assert len(candidates) == 5
    assert "auto: topologies" in run("python -m pipeline.reporting.summary").stdout
    assert "up to date" in run("dvc repro").stdout

    change(
        folder / "conf/experiment/topologies.yaml",
        lambda values: values["hydra"]["sweeper"]["params"].update({"network.hidden": "[3],[6]"}),
    )
    again = run("dvc repro", HOLDOUT_TRACKING="off")
    assert "train@auto" in stages_run(again)
    assert "trial 3 of 4, topologies: network.hidden=[3]" in again.stdout
    new = [line for line in again.stdout.splitlines() if line.startswith("trial ") and not line.endswith("reused")]
    assert [line.partition(":")[0] for line in new] == ["trial 4 of 4, topologies"]
