"""The first sweep of all: each part of the engine is compiled once, by whichever process is free."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os
import sys
from pathlib import Path

import numpy as np
import pipeline.arithmetic.cache as cache
from pipeline.arithmetic.keeping import FOLDER
from pipeline.feed.schema import Schema
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.trials.warming import warm

made = cache.CFunc._compile_uncached
log = Path(sys.argv[1])

def counted(self):
    with log.open("a") as stream:
        stream.write(f"{os.getpid()} {self._pyfunc.__qualname__}\\n")
    return made(self)

cache.CFunc._compile_uncached = counted
warm([Hyperparameters()] * 3, Schema("classification", ("a", "b"), ("x", "y")), 100, 2)
warm([Hyperparameters()], Schema("classification", ("a", "b"), ("x", "y")), 100, 2)
print(os.getpid())
"""


@pytest.mark.ci
@pytest.mark.processes
def test_each_part_is_compiled_once_and_not_by_the_trainer(tmp_path: Path) -> None:
    log = tmp_path / "compiled"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, log],
        cwd=ROOT, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    names = sorted(name for _, name in lines)
    assert names == sorted(
        ["_apply", "_gemm", "_go_backward", "_go_forward", "_probe", "_read", "_squares", "_train_batches"]
    )
    assert done.stdout.strip() not in {process for process, _ in lines}
    assert len({process for process, _ in lines}) == 2
