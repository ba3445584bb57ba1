"""How far two parts can be told apart is an output of split: the same bytes on every processor."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pipeline.auditing.drift import _solved
from tests.project import ROOT

TOLD = """
import numpy as np
from pipeline.auditing.drift import shift
from pipeline.auditing.views import projected
rng = np.random.default_rng(3)
parts = projected([rng.random((n, 300)).astype(np.float32) for n in (1500, 400)])
print(*(part.tobytes().hex()[:4000] for part in parts), repr(shift(*parts)))
"""


def test_the_discriminant_solves_its_equations() -> None:
    rng = np.random.default_rng(1)
    half = rng.standard_normal((40, 12))
    spread, apart = half.T @ half / 40 + np.eye(12), rng.standard_normal(12)
    assert np.allclose(_solved(spread, apart), np.linalg.solve(spread, apart), rtol=1e-12, atol=1e-12)


@pytest.mark.processes
def test_no_kernel_of_blas_changes_it() -> None:
    def told(kernel: str) -> str:
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert told("Haswell") == told("Prescott")
