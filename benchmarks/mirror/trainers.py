"""CPU seconds of real trainings with the mirror beside them and without, in turn."""

import os
import subprocess
import sys

import numpy as np

from benchmarks.mirror.beside import Beside, environment
from benchmarks.pipeline import Project
from pipeline.trials.sweeps import AD_HOC

# Eight trials of some seconds each, two at a time, whose epochs are short: there is much to show.
SWEEP = "--multirun network.hidden=[60] seed=1,2,3,4,5,6,7,8 stopping.epochs=100 stopping.patience=0"


def compare(project: Project, uri: str, rounds: int) -> None:
    """Print the CPU seconds of the trainers, both ways, and the median over the rounds of their ratio."""
    _trained(project)  # compiles
    pairs = []
    for turn in range(rounds):
        alone = _trained(project) if turn % 2 else None
        project.forget()
        with Beside(project.folder, uri, AD_HOC):
            beside = _trained(project)
        pairs.append((beside, alone if alone is not None else _trained(project)))
    shown, hidden = np.array(pairs).T
    print(f"trainers' CPU seconds, {rounds} rounds: {np.median(shown):.2f} with the mirror beside them, "
          f"{np.median(hidden):.2f} without; ratio {np.median(shown / hidden):.3f} "
          f"({(shown / hidden).min():.3f} to {(shown / hidden).max():.3f})")  # fmt: skip


def _trained(project: Project) -> float:
    """CPU seconds of a sweep's processes, trained anew; the mirror is none of them."""
    project.forget()
    command = [sys.executable, "-m", "pipeline.stages.train", *SWEEP.split()]
    quiet = {**environment(""), "HOLDOUT_TRACKING": "off", "PYTHONPATH": "."}
    process = subprocess.Popen(command, cwd=project.folder, env=quiet, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
