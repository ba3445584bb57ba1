"""A project that `python -m pipeline.new` starts, under git and DVC, run by the package as it is installed."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project import ROOT, runner, stages_run, write_small_experiments

pytestmark = pytest.mark.processes
NOBODY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
SOMEBODY = {
    f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "a"), ("EMAIL", "a@b"))
}
ROWS = "length,width,species\n" + "".join(
    f"{n % 7},{n % 5 + 10 * (n % 2)},{'odd' if n % 2 else 'even'}\n" for n in range(140)
)


def test_git_and_dvc_know_the_project(tmp_path: Path) -> None:
    run = runner(tmp_path)
    more = {"PYTHONPATH": str(ROOT), **NOBODY}
    said = run("python -m pipeline.new mine", **more, **SOMEBODY).stdout
    assert "mine: the project mine; its first commit is made" in said
    assert run("git status --porcelain && git log --format=%s", cwd="mine", **more).stdout == "Start a project\n"
    assert "train@auto" in run("dvc dag", cwd="mine", **more).stdout
    assert "nothing is committed yet" in run("python -m pipeline.new other", **more).stdout
    assert "A  params.yaml" in run("git status --porcelain", cwd="other", **more).stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The package as its wheel installs it, with no checkout beside it."""
    copy, site = tmp_path / "checkout", tmp_path / "site"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, check=True)
    with zipfile.ZipFile(next(copy.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    shutil.rmtree(copy)
    return site


@pytest.mark.ci
def test_the_installed_package_runs_a_table_to_a_score(tmp_path: Path, site: Path) -> None:
    (tmp_path / "flowers.csv").write_text(ROWS)
    more = {"PYTHONPATH": str(site), "HOLDOUT_TRACKING": "off", **SOMEBODY}
    runner(tmp_path)("python -m pipeline.new mine --data flowers.csv --target species", **more)
    folder = tmp_path / "mine"
    run = runner(folder)
    assert str(site) in run("python -c 'import pipeline; print(pipeline.__file__)'", **more).stdout
    write_small_experiments(folder)
    trains = ["train@rates", "train@topologies"]
    stages = ["prepare", "split", "check", *trains, "select", "baselines", "evaluate", "report"]
    assert stages_run(run("dvc repro", **more)) == ["installed", *stages]
    assert json.loads((folder / "reports/metrics.json").read_text())["n"] == 20
    assert (folder / "reports/report.html").is_file()
    assert stages_run(run("dvc repro", **more)) == ["installed"]
    run("python -m pipeline.stages.train -m stopping.epochs=2 optimizer.learning_rate=0.1,0.3", **more)
    assert "6 trials" in run("python -m pipeline.trials list", **more).stdout
    with (site / "pipeline/reporting/plots.py").open("a") as code:
        code.write("# another version\n")
    assert stages_run(run("dvc repro", **more)) == ["installed", "select", "report"]
