"""The notes' example on the terminal: its numbers are the engine's, and those that one finds by hand."""

import re
import sys

import numpy as np
import pytest

from pipeline import explain
from pipeline.console import run_stage
from pipeline.explain import asked_for, explained
from pipeline.nn.network import Architecture
from pipeline.worked import Problem, drawn, work

USUAL = {
    "inputs": "[1,0.5]",
    "targets": "[0.5,-0.5]",
    "hidden": "[2]",
    "weights": "",
    "activation": "tanh",
    "output": "",
    "learning_rate": "0.1",
    "seed": "1",
}


def test_a_network_of_one_unit_is_the_arithmetic_that_it_says() -> None:
    """2-1, identity: v = 1·1 + 2·3 + (−1)·4 = 3, e = 5 − 3 = 2 = δ, ∂E/∂w = −2 [1 3 4], w ← w + 0.1·2 [1 3 4]."""
    wanted = {"inputs": "3,4", "targets": "5", "hidden": "[]", "weights": "[[[1,2,-1]]]", "output": "identity"}
    said = list(explained(asked_for(USUAL | wanted)))
    assert "        = 1·1 + 2·3 + (-1)·4 = 3" in said
    assert "  E = ½ ‖d - y1‖² = ½ [(5 - 3)²] = 2   (§1)" in said
    assert "        = (5 - 3)·1 = 2   (8)" in said
    assert "  ∂E/∂W1[1,2] = -δ1[1]·y0[2] = -(2)·4 = -8   (8)   by differences -8 ✓" in said
    assert "       W1[1,2] ← -1 - 0.1·(-8) = -0.2" in said
    assert said[-1].endswith("E = 5.12, before it was 2")  # v = 6.2·1 less: (5 − 8.2)²/2


@pytest.mark.parametrize("activation", ["tanh", "lecun_tanh", "tanh(0.5,1.2)", "logistic", "gelu"])
@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 1), (2, 3, 2, 1)])
def test_each_derivative_is_the_signal_forward_times_the_signal_back(activation: str, sizes: tuple[int, ...]) -> None:
    names = (activation,) * (len(sizes) - 1)
    x, d = np.linspace(-1, 1, sizes[0]), np.full(sizes[-1], 0.3)
    weights = drawn(sizes, 3)
    found = work(Problem(Architecture(sizes, names, "squared_error"), weights, x, d, 0.1))
    for layer, gradient in enumerate(found.gradients):
        np.testing.assert_allclose(gradient, -np.outer(found.delta[layer], found.below[layer]), rtol=1e-12)
        np.testing.assert_allclose(gradient, found.numeric[layer], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found.updated[layer], weights[layer] - 0.1 * gradient, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(found.v[layer], weights[layer] @ found.below[layer], rtol=1e-12, atol=1e-15)
    for layer in range(len(names) - 1):
        back = weights[layer + 1][:, 1:].T @ found.delta[layer + 1]
        np.testing.assert_allclose(found.delta[layer], back * found.slope[layer], rtol=1e-12)
    assert found.after < found.error


def test_layers_have_the_formulas_of_the_notes() -> None:
    said = "\n".join(explained(asked_for(USUAL | {"hidden": "[2,2]"})))
    assert re.findall(r"^  ∂E/∂W(\d)\[1,0\].*(\(\d+\))   by differences \S+ ✓$", said, re.M) == [
        ("3", "(8)"),
        ("2", "(16)"),
        ("1", "(19)"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--inputs", "a"], "--inputs a: allowed is a list of numbers, as [1,0.5]"),
        (["--inputs", "[true]"], "--inputs True: allowed is a number"),
        (["--inputs", "[]"], "--inputs []: allowed is a list of numbers"),
        (["--inputs", "[" * 10**4], "allowed is a list of numbers"),
        (["--hidden", "[1.5]"], "--hidden 1.5: allowed are whole numbers from 1 on"),
        (["--hidden", "[100]"], "--hidden [100]: makes 502 weights, allowed: at most 200"),
        (["--weights", "[[1]]"], "2 layers of rows, bias first: 2 rows of 3 and 2 rows of 3"),
        (["--weights", "7"], "bias first"),
        (["--weights", "[[[1,NaN,1],[1,1,1]],[[1,1,1],[1,1,1]]]"], "bias first"),
        (["--learning-rate", "0"], "--learning-rate 0: allowed are numbers greater than 0"),
        (["--learning-rate", "1" * 400], "allowed is a number, as 0.1"),
        (["--activation", "tahn"], "--activation tahn is not one of tanh"),
        (["--output", "softmax"], "--output softmax: its outputs depend on each other"),
    ],
)
def test_a_wrong_option_is_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["explain", *words])
    with pytest.raises(SystemExit) as end:
        run_stage(explain.main, anywhere=True)
    said = capsys.readouterr()
    assert (end.value.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert message in said.err
