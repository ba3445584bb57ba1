"""Print what the mirror loses, how far it lags and what it costs, beside many trials; see docs/tracking-server.md."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.mirror.beside import Beside, environment
from benchmarks.mirror.trainers import compare
from benchmarks.mirror.watching import Watcher
from benchmarks.pipeline import Project
from pipeline.tracking.address import hidden

Written = list[tuple[str, int, float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mirror", description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--workers", type=int, default=10, help="trials at a time")
    parser.add_argument("--seconds", type=float, default=10.0, help="that a trial takes")
    parser.add_argument("--uri", default="", help="as MLFLOW_TRACKING_URI; the project's own database by default")
    parser.add_argument("--database", help="where the server keeps its runs, if --uri is not that itself")
    parser.add_argument("--trainers", type=int, metavar="ROUNDS", help="real trainings instead: their CPU seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        project = Project(Path(place) / "project")
        params = project.folder / "params.yaml"
        params.write_text(params.read_text().replace("source: mnist5k", "source: digits"))
        project.run("python -m pipeline.stages.prepare && python -m pipeline.stages.split")
        if options.trainers:
            compare(project, options.uri, options.trainers)
        else:
            report(project.folder, options)


def report(folder: Path, options: argparse.Namespace) -> None:
    """Let trials be written beside a mirror, hold the database against them, and print what came out."""
    own = f"sqlite:///file:{folder}/mlflow.db?mode=rw&uri=true"  # which makes no empty file
    watcher = Watcher(options.database or options.uri or own)
    with Beside(folder, options.uri) as beside:
        written = write(folder, options)
    time.sleep(1)
    watcher.stop()
    lags, counted = watcher.lags(written), watcher.count(folder / ".trials")
    moments = [moment for *_, moment in written]
    seconds, passes = max(moments) - min(moments), beside.passes
    each = 1e3 / counted.metrics
    place = hidden(options.uri) if options.uri else "the project's own database"
    print(f"{options.trials} trials of {options.epochs} epochs, {options.workers} at a time, in {seconds:.0f} s")
    print(f"into {place}; {os.cpu_count()} cores, load average {os.getloadavg()[0]:.0f}")
    print(f"metrics: {counted.metrics:,}, {counted.metrics / seconds:.0f} a second; lost {counted.lost}")
    if counted.lost:  # the mirror may have given up waiting at the stage's end
        cpu, missing = catch_up(folder, options.uri), counted.lost
        print(f"the next pass: {1e3 * cpu / missing:.3f} ms of CPU a metric, MLflow's import with it")
        counted = watcher.count(folder / ".trials")
        print(f"lost after it: {counted.lost}")
    print(f"twice (each a point that MLflow draws once more): {counted.twice}")
    print(
        f"the mirror beside the trials: {beside.cpu:.1f} s of CPU, {each * beside.cpu:.3f} ms for each metric of theirs"
    )
    if passes:  # which one that gave up does not tell
        print(
            f"its {len(passes)} passes: {each * sum(passes):.3f} ms of time a metric, the longest {max(passes):.1f} s"
        )
    print(in_words(lags))


def in_words(lags: np.ndarray) -> str:
    """What is to be said of the lags (epochs,), in seconds; infinite where an epoch was not shown in time."""
    shown = lags[np.isfinite(lags)]
    middle, most = np.median(shown), np.quantile(shown, 0.99)
    text = f"lag: median {middle:.1f} s, 99 % below {most:.1f} s, at most {shown.max():.1f} s"
    if len(shown) == len(lags):
        return text
    return f"{text}; {len(lags) - len(shown)} of {len(lags)} epochs were not shown before the stage had ended"


def catch_up(folder: Path, uri: str) -> float:
    """What a person types to bring MLflow up to date; the CPU seconds that it takes."""
    command = [sys.executable, "-m", "pipeline.tracking.mirror"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env={**environment(uri), "PYTHONPATH": "."}, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write(folder: Path, options: argparse.Namespace) -> Written:
    """Keys, epochs and when each was on disk."""
    words = [f"--{name}={getattr(options, name)}" for name in ("trials", "epochs", "workers", "seconds")]
    command = [sys.executable, "-m", "benchmarks.mirror.writing", *words]
    said = subprocess.run(command, cwd=folder, env=environment(""), check=True, stdout=subprocess.PIPE, text=True)
    lines = (line.split(",") for line in said.stdout.splitlines())
    return [(key, int(epoch), float(moment)) for key, epoch, moment in lines]


if __name__ == "__main__":
    main()
