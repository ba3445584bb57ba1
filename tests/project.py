"""Small projects of tests: copies of the program."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
SMALL = {"network": {"hidden": [4]}, "stopping": {"epochs": 4, "patience": 2}}
Run = Callable[..., subprocess.CompletedProcess[str]]


def copy_program(folder: Path) -> None:
    """pipeline/ in ``folder``, with what Python compiled of it; machine code is the user's, wherever the program is."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline")


def environment(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDOUT_", "HYDRA_"))}
    return {**kept, "PATH": path, "DVC_NO_ANALYTICS": "true", "PYTHONPATH": ".", **more}


def runner(folder: Path) -> Run:
    """A function that runs a command line in ``folder``; it must succeed unless ``status`` says otherwise."""

    def run(command: str, status: int = 0, cwd: str = ".", **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, shell=True, cwd=folder / cwd, env=environment(**more), capture_output=True, text=True, check=False
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
        fixed = {key: values for key, values in SMALL.items() if not any(name.startswith(f"{key}.") for name in params)}
        text = yaml.safe_dump({**fixed, "hydra": {"mode": "MULTIRUN", "sweeper": {"params": params}}})
        (folder / f"conf/experiment/{name}.yaml").write_text(f"# @package _global_\n{text}")


def change(path: Path, edit: Callable[[dict[str, Any]], object], source: Path | None = None) -> None:
    text = (source or path).read_text()
    head = text.splitlines()[0] if text.startswith("# @package") else ""
    values = yaml.safe_load(text)
    edit(values)
    path.write_text(f"{head}\n{yaml.safe_dump(values, sort_keys=False)}")


def stages_run(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running stage")]


def wait_for(look: Callable[[], Any]) -> Any:
    for _ in range(1000):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("nothing happened within 100 s")
