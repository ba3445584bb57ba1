"""Backpropagation by hand (notes §1-3): every number of one example, with the numbers that it is made of.

python -m pipeline.explain --inputs [1,0.5] --targets [0.5,-0.5] --hidden [2] --activation tanh --learning-rate 0.1
"""

import argparse
import itertools
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.console import run_stage, say
from pipeline.errors import HoldoutError
from pipeline.nn.activations import OUTPUT_ONLY, parse
from pipeline.nn.network import Architecture
from pipeline.worked import Problem, Worked, drawn, work

Array = np.ndarray
MOST = 200  # weights; more lines than that nobody reads
CLOSE = 1e-6  # relative: derivative and difference agree
HELP = {
    "inputs": "x, as [1,0.5] (%(default)s)",
    "targets": "d, one number for each output (%(default)s)",
    "hidden": "units of each hidden layer, as [2] or [3,2]; [] for none (%(default)s)",
    "weights": "of each layer a row for each unit, bias first: [[[0.1,0.5,-0.3]],[[0,1]]] is 2-1-1; else drawn",
    "activation": "φ of the hidden units (%(default)s)",
    "output": "φ of the outputs; that of the hidden units where it is left out",
    "learning-rate": "η (%(default)s)",
    "seed": "of the weights, if they are drawn (%(default)s)",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.explain", description=(__doc__ or "").splitlines()[0])
    usual = {"inputs": "[1,0.5]", "targets": "[0.5,-0.5]", "hidden": "[2]", "weights": "", "activation": "tanh"}
    for name, default in {**usual, "output": "", "learning-rate": "0.1", "seed": "1"}.items():
        parser.add_argument(f"--{name}", default=default, help=HELP[name])
    for line in explained(asked_for(vars(parser.parse_args()))):
        say(line)


def asked_for(words: dict[str, str]) -> Problem:
    """The problem that the options name; HoldoutError says which one can't be used, and what is allowed."""
    x, d = (_numbers(words, name) for name in ("inputs", "targets"))
    hidden = [_whole("hidden", units) for units in _numbers(words, "hidden", least=0)]
    sizes = (len(x), *hidden, len(d))
    names = [words["activation"]] * len(hidden) + [words["output"] or words["activation"]]
    for option, name in zip(["activation"] * len(hidden) + ["output"], names, strict=True):
        _check_unit(option, name)
    architecture = Architecture(sizes, tuple(names), "squared_error")
    if architecture.parameters > MOST:
        raise HoldoutError(
            f"--hidden {words['hidden']}: makes {architecture.parameters} weights, allowed: at most {MOST}"
        )
    seed = _whole("seed", _number("seed", words["seed"]))
    weights = _weights(words["weights"], sizes) if words["weights"] else drawn(sizes, seed)
    return Problem(architecture, weights, np.array(x), np.array(d), _rate(words["learning_rate"]))


def _rate(text: str) -> float:
    if (rate := _number("learning-rate", text)) <= 0:
        raise HoldoutError(f"--learning-rate {text}: allowed are numbers greater than 0")
    return rate


def _check_unit(option: str, name: str) -> None:
    try:
        parse(name)
    except ValueError as error:
        raise HoldoutError(f"--{option} {error}") from None
    if name in OUTPUT_ONLY:
        raise HoldoutError(f"--{option} {name}: its outputs depend on each other, and §1 has units by themselves")


def _parsed(option: str, text: str, allowed: str, whole: str = "") -> Any:
    try:
        return json.loads(whole or text, parse_int=float)
    except (ValueError, RecursionError):
        raise HoldoutError(f"--{option} {text}: allowed is {allowed}") from None


def _number(option: str, found: Any) -> float:
    allowed = "a number, as 0.1"
    value = _parsed(option, found, allowed) if isinstance(found, str) else found
    if not isinstance(value, float) or not math.isfinite(value):
        raise HoldoutError(f"--{option} {found}: allowed is {allowed}")
    return value


def _whole(option: str, value: float) -> int:
    least = int(option == "hidden")
    if value != int(value) or value < least:
        raise HoldoutError(f"--{option} {value:g}: allowed are whole numbers from {least} on")
    return int(value)


def _numbers(words: dict[str, str], option: str, least: int = 1) -> list[float]:
    text, allowed = words[option], "a list of numbers, as [1,0.5]"
    found = _parsed(option, text, allowed, text if text.startswith("[") else f"[{text}]")
    if not isinstance(found, list) or len(found) < least:
        raise HoldoutError(f"--{option} {text}: allowed is {allowed}")
    return [_number(option, value) for value in found]


def _weights(text: str, sizes: tuple[int, ...]) -> list[Array]:
    shapes = [(units, before + 1) for before, units in itertools.pairwise(sizes)]
    allowed = f"{len(shapes)} layers of rows, bias first: {' and '.join(f'{m} rows of {n}' for m, n in shapes)}"
    try:
        layers = [np.array(layer, float) for layer in _parsed("weights", text, allowed)]
    except (TypeError, ValueError):
        layers = []
    if [layer.shape for layer in layers] != shapes or not all(np.isfinite(layer).all() for layer in layers):
        raise HoldoutError(f"--weights {text}: allowed are {allowed}")
    return layers


def explained(problem: Problem) -> Iterator[str]:
    """The example, line by line; numbers in parentheses at the end of a line are the notes' formulas."""
    names = problem.architecture.activations
    with np.errstate(all="ignore"):  # an overflow shows in its line
        found = work(problem)
    sizes = "-".join(map(str, problem.architecture.sizes))
    yield f"network {sizes} of {', '.join(dict.fromkeys(names))}; x = {_vector(problem.x)}, d = {_vector(problem.d)}"
    yield "\nForward: v_l = W_l [1 y_l-1], y_l = φ(v_l); y_0 = x, column 0 of W_l the biases (§3)"
    for layer, name in enumerate(names):
        yield from _forward(layer, name, problem.weights[layer], found)
    yield from _error(problem.d, found)
    yield "\nBackward: δ_L = (d - y_L)·φ'(v_L), δ_l = (W_l+1 without biases)ᵀ δ_l+1 · φ'(v_l) (§3)"
    for layer in reversed(range(len(names))):
        yield from _backward(layer, problem, found)
    yield "\nDerivatives: -(what the weight multiplies going forward) × (what it would going back) (§1)"
    yield f"and the update w ← w - η ∂E/∂w with η = {_n(problem.rate)} (§1, §3)"
    for layer in reversed(range(len(names))):
        yield from _derivatives(layer, problem, found)
    yield f"\nAfter this one update E = {_n(found.after)}, before it was {_n(found.error)}"


def _forward(layer: int, name: str, weights: Array, found: Worked) -> Iterator[str]:
    number, below = layer + 1, found.below[layer]
    for unit, row in enumerate(weights):
        letters = [f"W{number}[{unit + 1},{column}]·{_signal(layer, column)}" for column in range(len(row))]
        numbers = [f"{_f(w)}·{_f(signal)}" for w, signal in zip(row, below, strict=True)]
        v, y = found.v[layer][unit], found.y[layer][unit]
        yield f"  v{number}[{unit + 1}] = {' + '.join(letters)}"
        yield f"        = {' + '.join(numbers)} = {_n(v)}"
        yield f"  y{number}[{unit + 1}] = {name}({_n(v)}) = {_n(y)}"


def _error(d: Array, found: Worked) -> Iterator[str]:
    squares = [f"({_n(wanted)} - {_f(y)})²" for wanted, y in zip(d, found.y[-1], strict=True)]
    yield f"  E = ½ ‖d - y{len(found.y)}‖² = ½ [{' + '.join(squares)}] = {_n(found.error)}   (§1)"


def _backward(layer: int, problem: Problem, found: Worked) -> Iterator[str]:
    number, last = layer + 1, layer == len(found.v) - 1
    for unit, slope in enumerate(found.slope[layer], 1):
        at = f"[{unit}]"
        if last:
            letters = f"d{at} - y{number}{at}"
            numbers = f"{_n(problem.d[unit - 1])} - {_f(found.y[layer][unit - 1])}"
        else:
            column, above = problem.weights[layer + 1][:, unit], found.delta[layer + 1]
            letters = " + ".join(f"W{number + 1}[{k + 1},{unit}]·δ{number + 1}[{k + 1}]" for k in range(len(above)))
            numbers = " + ".join(f"{_f(w)}·{_f(delta)}" for w, delta in zip(column, above, strict=True))
        yield f"  δ{number}{at} = ({letters})·φ'(v{number}{at})"
        yield f"        = ({numbers})·{_f(slope)} = {_n(found.delta[layer][unit - 1])}   {_formula(layer, found)}"


def _derivatives(layer: int, problem: Problem, found: Worked) -> Iterator[str]:
    number, weights, below = layer + 1, problem.weights[layer], found.below[layer]
    for unit, column in np.ndindex(weights.shape):
        slope, numeric = (float(each[layer][unit, column]) for each in (found.gradients, found.numeric))
        delta, name = float(found.delta[layer][unit]), f"W{number}[{unit + 1},{column}]"
        agree = "✓" if abs(slope - numeric) <= CLOSE * max(1, abs(slope)) else "✗"
        put_in = f"-({_n(delta)})·{_f(float(below[column]))}"
        yield (
            f"  ∂E/∂{name} = -δ{number}[{unit + 1}]·{_signal(layer, column)} = {put_in} = {_n(slope)}   "
            f"{_formula(layer, found)}   by differences {_n(numeric)} {agree}"
        )
        w, new = float(weights[unit, column]), float(found.updated[layer][unit, column])
        yield f"       {name} ← {_n(w)} - {_n(problem.rate)}·{_f(slope)} = {_n(new)}"


def _signal(layer: int, column: int) -> str:
    return "1" if column == 0 else f"y{layer}[{column}]"


def _formula(layer: int, found: Worked) -> str:
    """The number that the notes' §2 give it: of the last layer, the one before it, and all before that."""
    return ("(8)", "(16)", "(19)")[min(2, len(found.v) - 1 - layer)]


def _vector(values: Array) -> str:
    return f"({', '.join(map(_n, values))})"


def _n(value: float) -> str:
    """Six digits; no −0."""
    return f"{value + 0.0:.6g}"


def _f(value: float) -> str:
    """As a factor: a negative number in parentheses."""
    return f"({_n(value)})" if value < 0 else _n(value)


if __name__ == "__main__":
    run_stage(main, anywhere=True)
