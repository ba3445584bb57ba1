"""make bench, second part: what the pipeline around the engine costs, measured on whole commands.

Run as ``python -m benchmarks.pipeline``; each pair of commands is interleaved, and figures are medians over the rounds.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.markdown import machine, write_between_marks

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("pipeline", "conf", ".dvc", "experiments", "dvc.yaml", ".dvcignore", "params.yaml")
BEGIN = "<!-- written by python -m benchmarks.pipeline: begin -->"
# A sweep that trains for a while: 8 trials of 1 to 3 seconds, by the processor.
LONGER = (
    "--multirun network.hidden=[100] optimizer.learning_rate=0.01,0.03 optimizer.batch_size=1,2 seed=1,2 "
    "stopping.epochs=40 stopping.patience=0"
)
ONE_OF_THEM = LONGER.replace("0.01,0.03", "0.01").replace("1,2", "1")
EMPTY = "stages:\n" + "".join(
    f"  s{number}:\n    cmd: echo {number} > o{number}\n    deps: [{f'o{number - 1}' if number else 'start'}]\n"
    f"    outs: [o{number}]\n"
    for number in range(5)
)


class Project:
    """A copy of the program in a folder of its own, its data prepared, its functions compiled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for name in COPIED:
            source = ROOT / name
            ignored = shutil.ignore_patterns("cache", "tmp", "results")
            shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy2(source, folder)
        self.run("git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm start")

    def run(self, command: str, **more: str) -> float:
        """Seconds that a command takes; it has to succeed."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        variables = {**os.environ, "PATH": path, "PYTHONPATH": ".", "DVC_NO_ANALYTICS": "true", **more}
        start = time.perf_counter()
        done = subprocess.run(command, shell=True, cwd=self.folder, env=variables, capture_output=True, text=True)
        taken = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(f"{command}\n{done.stdout}\n{done.stderr}")
        return taken

    def forget(self) -> None:
        """Every trial, so that the next run trains them."""
        for name in (".trials", "mlflow.db", "mlflow.db-wal", "mlflow.db-shm", "mlartifacts"):
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def training_seconds(self) -> float:
        """Seconds from the start to the end of each stored trial, summed."""
        total = 0.0
        for path in (self.folder / ".trials").glob("*/run.json"):
            run = json.loads(path.read_text())
            began, ended = (datetime.datetime.fromisoformat(run[name]) for name in ("started", "finished"))
            total += (ended - began).total_seconds()
        return total


def interleaved(rounds: int, one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float, float]:
    """Median seconds of both, and the median over the rounds of one / other."""
    pairs = np.array([(one(), other()) for _ in range(rounds)])
    return float(np.median(pairs[:, 0])), float(np.median(pairs[:, 1])), float(np.median(pairs[:, 0] / pairs[:, 1]))


def row(what: str, seconds: float, against: float, ratio: float) -> str:
    """A line of the table."""
    return f"| {what} | {seconds:.2f} | {against:.2f} | **{ratio:.3f}** |"


def tracking_and_checkpoints(project: Project, rounds: int) -> str:
    """A sweep at its defaults against the same without mirror and checkpoints."""
    walls: dict[str, list[float]] = {"on": [], "off": []}

    def sweep(words: str, tracking: str) -> float:
        project.forget()
        command = f"python -m pipeline.stages.train {LONGER}{words}"
        walls[tracking].append(project.run(command, HOLDOUT_TRACKING=tracking))
        return project.training_seconds()

    found = interleaved(rounds, lambda: sweep("", "on"), lambda: sweep(" checkpoint_seconds=0", "off"))
    on, off = (np.array(walls[name]) for name in ("on", "off"))
    whole = row("the same, the whole command", np.median(on), np.median(off), np.median(on / off))
    return row("tracking and checkpoints, training time (goal 1.05)", *found) + "\n" + whole


def reuse(project: Project, rounds: int, command: str, what: str) -> str:
    """A command whose trials are all in the store against the same one cold."""

    def again() -> float:
        return project.run(command)

    def cold() -> float:
        project.forget()
        shutil.rmtree(project.folder / ".dvc/cache", ignore_errors=True)
        (project.folder / "dvc.lock").unlink(missing_ok=True)
        return project.run(command)

    pairs = np.array([(cold(), again()) for _ in range(rounds)])
    again_seconds, cold_seconds = np.median(pairs[:, 1]), np.median(pairs[:, 0])
    return row(what, float(again_seconds), float(cold_seconds), float(np.median(pairs[:, 1] / pairs[:, 0])))


def reused_trials(project: Project, rounds: int, sweep: str, one: str) -> str:
    """What a reused trial costs, and what all of them together, from a sweep of eight and one of them alone."""
    project.run(sweep)
    eight, single, _ = interleaved(rounds, lambda: project.run(sweep), lambda: project.run(one))
    each = (eight - single) / 7
    return f"\nA reused trial takes {each:.2f} s of these, and the command itself {single - each:.2f} s."


def nothing_to_do(project: Project, folder: Path, rounds: int) -> str:
    """``dvc repro`` on a finished pipeline against one of five stages that only echo."""
    empty = Project.__new__(Project)
    empty.folder = folder
    folder.mkdir()
    (folder / "dvc.yaml").write_text(EMPTY)
    (folder / "start").write_text("")
    empty.run("git init -q && dvc init -q && dvc repro")
    project.run("dvc repro")
    found = interleaved(3 * rounds, lambda: project.run("dvc repro"), lambda: empty.run("dvc repro"))
    return row("`dvc repro` with nothing to do, against an empty pipeline (goal 1.3)", *found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", type=Path, help="write the table into this file, between its marks")
    options = parser.parse_args()
    rounds, some = options.rounds, max(1, options.rounds // 2)
    command = " ".join(["python -m benchmarks.pipeline", *sys.argv[1:]])
    place = machine().removeprefix("one core of ")
    with tempfile.TemporaryDirectory() as name:
        project = Project(Path(name) / "project")
        project.run("dvc repro prepare split")
        sweep = f"python -m pipeline.stages.train {LONGER}"
        project.run(sweep)  # compiles
        lines = [
            f"`{command}` on {datetime.date.today()}, {os.cpu_count()} cores of {place}; medians of {rounds} rounds.",
            "\n| what | seconds | against, seconds | ratio |\n|---|---:|---:|---:|",
            tracking_and_checkpoints(project, rounds),
            reuse(project, rounds, sweep, "that sweep with all trials reused (goal 0.10)"),
            reuse(project, some, "dvc repro", "`dvc repro` once more, which reuses whole stages (goal 0.10)"),
            reuse(project, some, "dvc repro -f", "`dvc repro -f`, all stages run, all trials reused (goal 0.10)"),
            nothing_to_do(project, Path(name) / "empty", rounds),
            reused_trials(project, rounds, sweep, f"python -m pipeline.stages.train {ONE_OF_THEM}"),
        ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.markdown:
        write_between_marks(options.markdown, text, BEGIN)


if __name__ == "__main__":
    main()
