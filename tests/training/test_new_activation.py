"""What it takes to add an activation: a function in the table trains, by the NumPy engine, and a note says so."""

import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.nn.activations import ACTIVATIONS, Activation, NotCompiled, parse, uncompiled
from pipeline.nn.compiled.engine import Engine
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training import training
from tests.training.test_fit import run, same_weights


def softsign() -> Activation:
    """v/(1 + |v|); φ′ = (1 − |y|)²."""

    def forward(v: np.ndarray, out: np.ndarray) -> None:
        np.divide(v, 1 + np.abs(v), out=out)

    def backward(e: np.ndarray, v: np.ndarray, y: np.ndarray) -> None:
        e *= np.square(1 - np.abs(y))

    return Activation("softsign", forward, backward, -1.0, 1.0, 0.1, 1.0)


@pytest.fixture
def _softsign(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(ACTIVATIONS, "softsign", softsign)
    training._note.cache_clear()
    yield
    parse.cache_clear()
    training._note.cache_clear()


@pytest.mark.usefixtures("_softsign")
def test_a_function_in_the_table_trains_with_one_note() -> None:
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        compiled, again = run(network__activation="softsign", epochs=60), run(network__activation="softsign", epochs=60)
    assert [(note.category, str(note.message)) for note in notes] == [
        (NotCompiled, "activation softsign is not in the compiled engine: it trains by the NumPy engine, slower")
    ]
    assert same_weights(compiled, again)
    assert same_weights(compiled, run(network__activation="softsign", network__engine="numpy", epochs=60))
    assert compiled.score is not None
    assert compiled.score < 0.2
    assert 0 < compiled.record["layer1/saturated"] < 1


@pytest.mark.processes
def test_the_note_is_one_line_on_the_terminal() -> None:
    code = """
import warnings
from pipeline.console import run_stage
from pipeline.training.training import _note
def stage():
    warnings.simplefilter("default")
    for _ in range(2):
        _note("softsign")
run_stage(stage)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text = "activation softsign is not in the compiled engine: it trains by the NumPy engine, slower"
    assert done.stderr == f"note: {text}\n"


@pytest.mark.usefixtures("_softsign")
def test_the_compiled_engine_itself_says_what_it_lacks() -> None:
    assert uncompiled(["tanh(0.5,1.2)", "softsign", "softsign", "softmax"]) == ["softsign"]
    architecture = Architecture((2, 3, 1), ("softsign", "identity"), "squared_error")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(0), np.dtype(float))
    with pytest.raises(ValueError, match="the compiled engine has no softsign: it has identity, tanh"):
        Engine(architecture, weights, Optimizer(), Regularizer(), 1)
