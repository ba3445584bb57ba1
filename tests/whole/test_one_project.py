"""The whole pipeline, as a person would run it, on small data: one project, made once, that all of these tests use."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.storage.scores import read_metrics
from tests.bad_inputs import run as here
from tests.project import Run, change, environment, make_project, stages_run

pytestmark = pytest.mark.processes
CHAMPION = (
    "python -c \"import mlflow; mlflow.set_tracking_uri('sqlite:///mlflow.db');"
    "v = mlflow.MlflowClient().get_model_version_by_alias('holdout', 'champion'); print(v.version)\""
)


def outputs(folder: Path) -> dict[str, bytes]:
    places = [folder / name for name in ("data", "models", "reports", "experiments")]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and path.name != "ledger.jsonl"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Iris, run through once."""
    folder = tmp_path_factory.mktemp("pipeline") / "iris"
    run = make_project(folder, {"source": "iris"})
    done = run("dvc repro")
    assert run(CHAMPION).stdout.strip() == "1"  # the mirror has made its last pass
    trains = ["train@rates", "train@topologies"]
    assert stages_run(done) == ["prepare", "split", "check", *trains, "select", "baselines", "evaluate", "report"]
    return folder, run


def test_the_score_is_that_of_the_selected_model(iris: tuple[Path, Run]) -> None:
    folder, _ = iris
    metrics = read_metrics(folder / "reports")
    certificate = json.loads((folder / "models/selected/certificate.json").read_text())
    assert metrics["model_sha256"] == certificate["model_sha256"]
    scores = [candidate["score"] for candidate in certificate["candidates"]]
    assert len(scores) == 4
    assert json.loads((folder / "models/selected/summary.json").read_text())["score"] == min(scores)
    low, high = metrics["interval"]
    assert 0 <= low <= metrics["test/error"] <= high <= 1
    assert (folder / "reports/ledger.jsonl").read_text().count("\n") == 1


def test_the_split_is_5_1_1_and_whole(iris: tuple[Path, Run]) -> None:
    folder, _ = iris
    parts = [np.load(folder / f"data/{place}/rows.npy") for place in ("split/train", "split/validation", "sealed/test")]
    assert sorted(np.concatenate(parts)) == list(range(150))
    assert abs(len(parts[0]) - 5 * len(parts[1])) <= 10


def test_a_second_repro_has_nothing_to_do(iris: tuple[Path, Run]) -> None:
    _, run = iris
    assert "Data and pipelines are up to date." in run("dvc repro").stdout


def test_a_candidate_tried_by_hand_is_counted_in_the_report_without_a_new_opening(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    openings = (folder / "reports/ledger.jsonl").read_bytes()
    run("python -m pipeline.stages.train network.hidden=[4] seed=7 stopping.epochs=2")
    assert stages_run(run("dvc repro")) == ["select", "report"]
    assert (folder / "reports/ledger.jsonl").read_bytes() == openings
    number = json.loads((folder / "experiments/tried.jsonl").read_text().splitlines()[-1])["tried"]
    assert f"{number} different candidates were scored" in (folder / "reports/report.html").read_text()


def test_a_changed_value_retrains_that_experiment_only(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    path = folder / "conf/experiment/rates.yaml"
    before = path.read_text()
    path.write_text(before + "# a comment changes nothing\n")
    assert "up to date" in run("dvc repro").stdout
    change(path, lambda values: values["hydra"]["sweeper"]["params"].update({"optimizer.learning_rate": "0.1,0.2"}))
    done = run("dvc repro")
    assert stages_run(done)[0] == "train@rates"
    assert "train@topologies" not in stages_run(done)
    assert "trial 1 of 2, rates: optimizer.learning_rate=0.1" in done.stdout
    assert "reused" in next(line for line in done.stdout.splitlines() if line.startswith("trial 1 of 2, rates:"))
    assert "reused" not in next(line for line in done.stdout.splitlines() if line.startswith("trial 2 of 2, rates:"))
    path.write_text(before)
    run("dvc repro")


def test_the_same_inputs_give_the_same_bytes_with_one_or_two_workers(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    first = outputs(folder)
    shutil.rmtree(folder / ".trials")
    shutil.rmtree(folder / ".dvc/cache")
    for name in ("data", "models", "experiments"):
        shutil.rmtree(folder / name)
    (folder / "dvc.lock").unlink()
    run("dvc repro --force", HOLDOUT_LAUNCHER="two_workers", HOLDOUT_TRACKING="off")
    again = outputs(folder)
    # These tell when, how often, and how many were tried.
    passing = ("reports/report.html", "reports/circumstances.json", "experiments/tried.jsonl")
    assert again.keys() == first.keys()
    assert [name for name in first if again[name] != first[name] and name not in passing] == []


def test_mlflow_has_every_run_and_the_score_on_one_only(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    code = (
        "import json, mlflow; mlflow.set_tracking_uri('sqlite:///mlflow.db');"
        "runs = mlflow.search_runs(search_all_experiments=True, output_format='list');"
        "print(json.dumps([[r.data.tags.get('holdout.stage'), r.info.status, sorted(r.data.metrics)] for r in runs]));"
    )
    (folder / "look.py").write_text(code)
    runs = json.loads(run("python look.py").stdout.splitlines()[-1])
    trials = [metrics for stage, _, metrics in runs if stage == "trial"]
    assert len(trials) >= 4
    assert all("validation/error" in metrics and "when best/validation/error" in metrics for metrics in trials)
    assert {status for _, status, _ in runs} == {"FINISHED"}
    scored = [stage for stage, _, metrics in runs if any(name.startswith("test/") for name in metrics)]
    assert set(scored) == {"evaluate"}
    run("python -m pipeline.tracking.mirror")
    assert json.loads(run("python look.py").stdout.splitlines()[-1]) == runs  # a further pass adds nothing


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("optimizer=adamm", "adamm"),
        ("experiment=nothing", "nothing"),
        ("optimizer.learning_rate=0", "optimizer.learning_rate=0 is not allowed: it must be greater than 0"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate=nan is not allowed"),
        ("network.hidden=[0]", "network.hidden=[0] is not allowed: it must be at least 1"),
        ("+optimizer.typo=3", "typo"),
        ("--multirun optimizer.learning_rate=0.1,-1", "optimizer.learning_rate=-1 is not allowed"),
        ("network.hidden=[3", "at input '[3'"),
        ("network=null", "must be a string or a list"),
        ("allow_failed=no", "allow_failed=no is not allowed: it must be true or false"),
        ("--multirun experiment=rates,topologies", "expected the name of one experiment"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(
    iris: tuple[Path, Run], command: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = iris
    assert here.main("train", tuple(command.split()), folder) == 1
    assert_one_line(capsys.readouterr().err, message)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("network.hiden=[3]", "hiden"),
        ("--multirun optimizer.learning_rate=0.1,-1 hydra/launcher=two_workers", "learning_rate=-1 is not allowed"),
        ("--multirun seed=1,2 hydra/launcher=two_workers hydra.launcher.n_jobs=0", "n_jobs"),
    ],
)
def test_a_mistake_is_one_line_of_the_process_too(iris: tuple[Path, Run], command: str, message: str) -> None:
    _, run = iris
    done = run(f"python -m pipeline.stages.train {command}", status=1, HOLDOUT_TRACKING="off")
    assert_one_line(done.stderr, message)


def assert_one_line(said: str, message: str) -> None:
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("error: ")
    assert message in lines[0]


def test_debug_keeps_the_traceback(iris: tuple[Path, Run]) -> None:
    _, run = iris
    command = "python -m pipeline.stages.train optimizer.learning_rate=0"
    for done in (
        run(f"{command} --debug", status=1, HOLDOUT_TRACKING="off"),
        run(command, status=1, HOLDOUT_TRACKING="off", HYDRA_FULL_ERROR="1"),
    ):
        assert "Traceback" in done.stderr
        assert "HoldoutError" in done.stderr


def test_a_sweep_fails_at_its_end_if_each_trial_diverges_and_loses_nothing(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    command = "python -m pipeline.stages.train --multirun preprocessing=none network.activation=identity "
    command += "network.output=identity optimizer.learning_rate=1e29,1e30"
    done = run(command, status=1, HOLDOUT_TRACKING="off")
    assert "2 of 2 trials did not finish" in done.stderr
    assert "diverged" in done.stderr
    run(f"{command} allow_failed=true", HOLDOUT_TRACKING="off")
    assert not (folder / "experiments/ad-hoc").exists()


@pytest.mark.parametrize("edit", [{"experiments": 5}, {"data": 5}, {"data": "iris"}, {"split": None}, {"exps": []}])
def test_a_mistake_in_params_is_one_line(
    iris: tuple[Path, Run], edit: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = iris
    before = (folder / "params.yaml").read_text()
    change(folder / "params.yaml", lambda values: values.update(edit))
    try:
        for name in ("prepare", "split", "select"):
            assert here.main(name, (), folder) == 1
            assert_one_line(capsys.readouterr().err, "error: params.yaml: ")
    finally:
        (folder / "params.yaml").write_text(before)


def test_evaluation_gives_the_same_bits_on_any_number_of_cores(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    found = []
    for threads in ("1", "2"):
        run("python -m pipeline.stages.evaluate", OPENBLAS_NUM_THREADS=threads)
        found.append((folder / "reports/metrics.json").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize("command", ["python -m pipeline.tracking.ui", "mlflow ui"])
def test_the_ui_shows_the_runs(iris: tuple[Path, Run], command: str) -> None:
    """What `make ui` starts, and `mlflow ui` typed in the folder, answer with this project's runs."""
    folder, _ = iris
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*command.split(), "--port", str(port)]
    server = subprocess.Popen(
        words,
        cwd=folder,
        env=environment(MLFLOW_WORKERS="1", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        found = wait_for_experiments(f"http://127.0.0.1:{port}/ajax-api/2.0/mlflow/experiments/search?max_results=9")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        output = server.communicate(timeout=100)[0].decode()
    assert "holdout" in [experiment["name"] for experiment in found]
    if "pipeline" in command:
        assert f"leaderboard: http://127.0.0.1:{port}/#/experiments/" in output


def wait_for_experiments(url: str) -> list[dict[str, Any]]:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return list(json.load(answer)["experiments"])
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"no answer from {url}")
