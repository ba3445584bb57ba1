"""Portable numerics: the choice is made in time, and gives the bits of an older processor's kernels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import numerics

ROOT = Path(__file__).parents[1]
TRAINING = """
import hashlib, sys
from pipeline import numerics
numerics.settle(sys.argv[1])
import numpy as np
from pipeline.feed.schema import Schema
from pipeline.feed.inputs import Preprocessing
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.feed.rows import Rows
from pipeline.training.fit import fit
from pipeline.training.hyperparameters import Hyperparameters, Network, resolved
from pipeline.training.stopping import Stopping
rng = np.random.default_rng(0)
X, y = rng.standard_normal((300, 784)), rng.integers(0, 10, 300)
schema = Schema("classification", tuple(map(str, range(784))), tuple("0123456789"))
for batch, name, momentum in ((1, "descent", 0.0), (10, "momentum", 0.9), (0, "adam", 0.0)):
    settings = resolved(Hyperparameters(
        Network((30, 20), "tanh,logistic"), Optimizer(name, 0.05, momentum, batch_size=batch),
        regularizer=Regularizer(dropout=0.2), preprocessing=Preprocessing("standardize"), stopping=Stopping(3, 0)
    ), schema)
    outcome = fit(settings, Rows(X[:200], y[:200]), Rows(X[200:], y[200:]), schema)
    digest = hashlib.sha256(b"".join(w.tobytes() for w in outcome.model.weights))
    digest.update(repr(sorted(outcome.metrics.items())).encode())
    print(batch, digest.hexdigest()[:24])
print(numerics.active(), *numerics.kernels())
"""


def train(mode: str, **variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, mode], env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are known for Linux on x86-64 only")
@pytest.mark.processes
@pytest.mark.ci
def test_portable_kernels_are_chosen_before_numpy_is_loaded() -> None:
    assert train("portable")[-1] == "portable Haswell"


@pytest.mark.parametrize("core", ["Haswell", "Zen"])
@pytest.mark.processes
def test_forcing_the_kernels_of_another_processor_does_not_change_portable_results(core: str) -> None:
    """Zen and Haswell share OpenBLAS's AVX2 kernels; NumPy's own dispatch is held down by its variable."""
    variables = {**numerics.ENVIRONMENT, "OPENBLAS_CORETYPE": core}
    assert train("portable")[:-1] == train("native", **variables)[:-1]


def test_the_command_line_goes_before_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    assert numerics.wanted([], config) == "native"
    config.write_text("numerics: portable\n")
    assert numerics.wanted([], config) == "portable"
    assert numerics.wanted(["experiment=x", "numerics=native"], config) == "native"
    config.write_text("- a list")
    assert numerics.wanted([], config) == "native"


def test_a_process_that_has_loaded_numpy_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in numerics.ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    numerics.settle("portable")
    assert numerics.active() == "native"


if __name__ == "__main__":  # to compare processors
    print(*train("portable"), sep="\n")
