"""The whole pipeline, as a person would run it, on small data in a project of its own."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import yaml

from tests.program import ROOT, copy_program

ROWS = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.7,3.0,5.2,2.3\n"
SMALL = {"network": {"hidden": [4]}, "stopping": {"epochs": 4, "patience": 2}}
CHAMPION = (
    "python -c \"import mlflow; mlflow.set_tracking_uri('sqlite:///mlflow.db');"
    "v = mlflow.MlflowClient().get_model_version_by_alias('holdout', 'champion'); print(v.version)\""
)
Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.processes


def environment(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDOUT_", "HYDRA_"))}
    return {**kept, "PATH": path, "DVC_NO_ANALYTICS": "true", "PYTHONPATH": ".", **more}


def runner(folder: Path) -> Run:
    """A function that runs a command line in ``folder``; it must succeed unless ``status`` says otherwise."""

    def run(command: str, status: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def make_project(folder: Path, data: dict[str, Any], small: bool = True) -> Run:
    """A copy of the program with small data and, if ``small``, two experiments of two trials each."""
    folder.mkdir(parents=True)
    copy_program(folder)
    for name in ("conf", ".dvc"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("cache", "tmp"))
    for name in ("dvc.yaml", ".dvcignore"):
        shutil.copyfile(ROOT / name, folder / name)
    change(folder / "params.yaml", lambda values: values, source=ROOT / "params.yaml")
    change(folder / "params.yaml", lambda values: values["data"].update(data))
    if small:
        write_small_experiments(folder)
    run = runner(folder)
    run("git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm start")
    return run


def write_small_experiments(folder: Path) -> None:
    change(folder / "params.yaml", lambda values: values.update(experiments=["rates", "topologies"]))
    for name, params in {
        "rates": {"optimizer.learning_rate": "0.1,0.3"},
        "topologies": {"network.hidden": "[3],[5]"},
    }.items():
        text = yaml.safe_dump({**SMALL, "hydra": {"mode": "MULTIRUN", "sweeper": {"params": params}}})
        (folder / f"conf/experiment/{name}.yaml").write_text(f"# @package _global_\n{text}")


def change(path: Path, edit: Callable[[dict[str, Any]], object], source: Path | None = None) -> None:
    text = (source or path).read_text()
    head = text.splitlines()[0] if text.startswith("# @package") else ""
    values = yaml.safe_load(text)
    edit(values)
    path.write_text(f"{head}\n{yaml.safe_dump(values, sort_keys=False)}")


def outputs(folder: Path) -> dict[str, bytes]:
    places = [folder / name for name in ("data", "models", "reports", "experiments")]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and path.name != "ledger.jsonl"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def stages_run(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running stage")]


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Iris, run through once."""
    folder = tmp_path_factory.mktemp("pipeline") / "iris"
    run = make_project(folder, {"source": "iris"})
    done = run("dvc repro")
    assert run(CHAMPION).stdout.strip() == "1"  # the mirror has made its last pass
    assert stages_run(done) == ["prepare", "split", "train@rates", "train@topologies", "select", "evaluate", "report"]
    return folder, run


def test_the_score_is_that_of_the_selected_model(iris: tuple[Path, Run]) -> None:
    folder, _ = iris
    metrics = json.loads((folder / "reports/metrics.json").read_text())
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
    assert "rates 1: optimizer.learning_rate=0.1" in done.stdout
    assert "reused" in next(line for line in done.stdout.splitlines() if line.startswith("rates 1:"))
    assert "reused" not in next(line for line in done.stdout.splitlines() if line.startswith("rates 2:"))
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
    report = "reports/report.html"  # tells that the test set was opened again
    assert again.keys() == first.keys()
    assert [name for name in first if again[name] != first[name] and name != report] == []


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
    assert all("validation/error" in metrics and "best/validation/error" in metrics for metrics in trials)
    assert {status for _, status, _ in runs} == {"FINISHED"}
    scored = [stage for stage, _, metrics in runs if any(name.startswith("test/") for name in metrics)]
    assert set(scored) == {"evaluate"}
    run("python -m pipeline.tracking.mirror")
    assert json.loads(run("python look.py").stdout.splitlines()[-1]) == runs  # a further pass adds nothing


def test_own_csv_and_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (210, 3)).round(3)
    y = (X @ [1.0, -2.0, 0.5]).round(4)
    lines = ["a,b,c,price", *(",".join(map(str, [*row, value])) for row, value in zip(X, y, strict=True))]
    folder = tmp_path / "csv"
    run = make_project(folder, {"source": "file", "path": "houses.csv", "target": "price"})
    (folder / "houses.csv").write_text("\n".join(lines) + "\n")
    run("dvc repro", HOLDOUT_TRACKING="off")
    metrics = json.loads((folder / "reports/metrics.json").read_text())
    assert metrics["n"] == 30
    assert metrics["test/r2"] > 0.9
    (folder / "houses.csv").write_text("\n".join(lines[:-7]) + "\n")
    assert "prepare" in stages_run(run("dvc repro", HOLDOUT_TRACKING="off"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("network.hiden=[3]", "hiden"),
        ("optimizer=adamm", "adamm"),
        ("experiment=nothing", "nothing"),
        ("optimizer.learning_rate=0", "optimizer.learning_rate=0.0 is not allowed: it must be greater than 0"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate=nan is not allowed"),
        ("network.hidden=[0]", "network.hidden=0 is not allowed: it must be at least 1"),
        ("+optimizer.typo=3", "typo"),
        ("--multirun optimizer.learning_rate=0.1,-1", "optimizer.learning_rate=-1.0 is not allowed"),
        ("--multirun optimizer.learning_rate=0.1,-1 hydra/launcher=two_workers", "learning_rate=-1.0 is not allowed"),
        ("network.hidden=[3", "at input '[3'"),
        ("network=null", "must be a string or a list"),
        ("allow_failed=no", "allow_failed=no is not allowed: it must be true or false"),
        ("--multirun experiment=rates,topologies", "expected the name of one experiment"),
        ("--multirun seed=1,2 hydra/launcher=two_workers hydra.launcher.n_jobs=0", "n_jobs"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(iris: tuple[Path, Run], command: str, message: str) -> None:
    _, run = iris
    done = run(f"python -m pipeline.stages.train {command}", status=1, HOLDOUT_TRACKING="off")
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
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


def test_a_full_disk_that_hydra_meets_is_named(iris: tuple[Path, Run]) -> None:
    """Its errors, raised while a buffer is flushed, name no file."""
    folder, run = iris
    path = folder / ".trials/hydra/multirun.yaml"
    path.unlink()
    path.symlink_to("/dev/full")
    try:
        done = run("python -m pipeline.stages.train experiment=rates", status=1)
    finally:
        path.unlink()
    assert done.stderr == "error: .trials/hydra: No space left on device\n"


def test_a_diverging_trial_fails_its_stage_at_the_end_and_loses_nothing(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    command = "python -m pipeline.stages.train --multirun preprocessing=none network.activation=identity "
    command += "network.output=identity optimizer.learning_rate=0.001,1e30"
    done = run(command, status=1, HOLDOUT_TRACKING="off")
    assert "1 of 2 trials did not finish" in done.stderr
    assert "diverged" in done.stderr
    run(f"{command} allow_failed=true", HOLDOUT_TRACKING="off")
    assert not (folder / "experiments/ad-hoc").exists()


@pytest.mark.parametrize("edit", [{"experiments": 5}, {"data": 5}, {"data": "iris"}, {"split": None}, {"exps": []}])
def test_a_mistake_in_params_is_one_line(iris: tuple[Path, Run], edit: dict[str, Any]) -> None:
    folder, run = iris
    before = (folder / "params.yaml").read_text()
    change(folder / "params.yaml", lambda values: values.update(edit))
    try:
        for stage in ("prepare", "split", "select"):
            done = run(f"python -m pipeline.stages.{stage}", status=1)
            assert done.stderr.startswith("error: params.yaml: ")
            assert done.stderr.count("\n") == 1
    finally:
        (folder / "params.yaml").write_text(before)


def test_evaluation_gives_the_same_bits_on_any_number_of_cores(iris: tuple[Path, Run]) -> None:
    folder, run = iris
    found = []
    for threads in ("1", "2"):
        run("python -m pipeline.stages.evaluate", OPENBLAS_NUM_THREADS=threads)
        found.append((folder / "reports/metrics.json").read_bytes())
    assert found[0] == found[1]


def test_the_report_goes_on_counting_openings_when_an_old_state_returns(tmp_path: Path) -> None:
    folder = tmp_path / "peeking"
    run = make_project(folder, {"source": "iris"})
    path = folder / "conf/experiment/rates.yaml"
    before = path.read_text()
    quiet = {"HOLDOUT_TRACKING": "off"}
    run("dvc repro", **quiet)
    assert "different models" not in (folder / "reports/report.html").read_text()
    for text in (before.replace("0.1,0.3", "0.5,0.7").replace("epochs: 4", "epochs: 30"), before):
        path.write_text(text)
        run("dvc repro", **quiet)
    models = {json.loads(line)["model_sha256"] for line in (folder / "reports/ledger.jsonl").read_text().splitlines()}
    assert len(models) == 2
    assert "has scored 2 different models" in (folder / "reports/report.html").read_text()


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_trainer_ends_with_the_dvc_that_started_it(tmp_path: Path, shell: str) -> None:
    """DVC starts commands by $SHELL: one shell replaces itself by the command, another stays in between."""
    folder = tmp_path / "killed"
    run = make_project(folder, {"source": "digits"})
    change(folder / "conf/experiment/rates.yaml", lambda values: values["stopping"].update(epochs=10**6, patience=0))
    run("dvc repro split")
    words = ["dvc", "repro", "train@rates"]
    dvc = subprocess.Popen(
        words, cwd=folder, env=environment(HOLDOUT_TRACKING="off", SHELL=shell), stdout=-3, stderr=-3
    )
    try:
        trial = wait_for(lambda: next(iter((folder / ".trials/running").glob("*/run.json")), None))
        pid = json.loads(trial.read_text())["pid"]
    finally:
        dvc.kill()
        dvc.wait()
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


# Never ends by itself, and starts at once: nothing is compiled.
ENDLESS = (
    "python -m pipeline.stages.train -m stopping.epochs=100000000 stopping.patience=0 seed=1,2 network.engine=numpy "
    "hydra/launcher=two_workers"
)


@contextlib.contextmanager
def endless_sweep(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A trainer with its workers, which train; none of them outlives the test."""
    run = make_project(folder, {"source": "iris"})
    run("dvc repro prepare split")
    quiet = environment(HOLDOUT_TRACKING="off")
    with subprocess.Popen(ENDLESS.split(), cwd=folder, env=quiet, stderr=subprocess.PIPE, text=True) as trainer:
        started: list[psutil.Process] = []
        try:
            running = folder / ".trials/running"
            found = wait_for(lambda: [path for path in running.glob("*/history.csv") if path.stat().st_size] or None)
            started = psutil.Process(trainer.pid).children(recursive=True)
            numbers = [json.loads((path.parent / "run.json").read_text())["pid"] for path in found]
            assert numbers
            assert trainer.pid not in numbers
            yield trainer, [psutil.Process(number) for number in numbers]
        finally:
            for process in (trainer, *started):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()


def test_workers_end_with_the_trainer_that_started_them(tmp_path: Path) -> None:
    with endless_sweep(tmp_path / "orphans") as (trainer, workers):
        trainer.kill()
        trainer.wait()
        wait_for(lambda: not any(worker.is_running() for worker in workers))


def test_a_killed_worker_is_one_line(tmp_path: Path) -> None:
    with endless_sweep(tmp_path / "lost") as (trainer, workers):
        workers[0].kill()
        _, said = trainer.communicate(timeout=100)
        assert trainer.returncode == 1
        assert said.splitlines() == [
            "error: a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same "
            "command again, and the others go on"
        ]


def wait_for(look: Callable[[], Any]) -> Any:
    for _ in range(1000):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("nothing happened within 100 s")


def readme_commands() -> list[str]:
    """Every line of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


# Where the commands are run that this test does not run; what `make ui` starts is started by the next test.
ELSEWHERE = {
    "make repro": (".ci/run", "^make repro$"),
    "make test": (".ci/run", "^make test$"),
    "make verify": ("Makefile", r"^\tpython -m pipeline\.trials verify$"),
    "make ui": ("Makefile", r"^\tpython -m pipeline\.tracking\.ui$"),
}


@pytest.mark.ci
@pytest.mark.timeout(1200)
def test_every_command_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    """In the README's order, on iris instead of the images; the rest are CI's or another test's."""
    folder = tmp_path / "readme"
    run = make_project(folder, {"source": "iris"}, small=False)
    ci = (ROOT / ".ci/run").read_text()
    for command in readme_commands():
        if command in ELSEWHERE:
            assert re.search(ELSEWHERE[command][1], (ROOT / ELSEWHERE[command][0]).read_text(), re.MULTILINE)
            continue
        if command.startswith("pip install"):
            assert command.replace("pip install", "pip install -q") in ci
            continue
        if command.startswith("mlflow models predict"):
            (folder / "rows.csv").write_text(ROWS)
            assert '"label"' in run(command).stdout
        elif command.startswith('python -c "from sklearn'):
            run(command)
            edit = {"source": "file", "path": "flowers.csv", "target": "target"}
            change(folder / "params.yaml", lambda values, edit=edit: values["data"].update(edit))
        else:
            run(command)
    assert "flowers.csv" in (folder / "data/split/card.json").read_text()


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
        env=environment(),
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
