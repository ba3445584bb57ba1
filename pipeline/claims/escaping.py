"""Claim 3b: the noise of online learning escapes a local minimum, where batch descent stays."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import more_than
from pipeline.fields import finite, list_of, mapping_of, whole
from pipeline.nn.initializers import allocate
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.training import make_engine

Array = np.ndarray
NEURON = Architecture((1, 1), ("tanh",), "squared_error")
GRID = np.linspace(-1.5, 0.6, 2101)  # of weights
SETTLING, CALM = 2000, 0.05  # steps of batch descent, and their η, from the start to the local minimum
SHOWN = 8  # paths in the figure


def measure(settings: Values) -> Results:
    """E over the weight, its two minima and the top between; of each η and way the weights after each pass, by seed."""
    x, d = rows_of(settings)
    errors = surface(x, d)
    local = _descended(x, d, settings["start"])
    lower = float(GRID[errors.argmin()])
    first, last = np.searchsorted(GRID, [local, lower])
    top = float(GRID[first:last][errors[first:last].argmax()])
    seeds = range(1, settings["seeds"] + 1)
    found: Results = {"error": errors[::20].round(6).tolist(), "local": local, "top": top, "lower": lower, "paths": {}}
    for rate in settings["rates"]:
        calls = [partial(_path, settings, x, d, local, rate, seed) for seed in seeds]
        found["paths"][f"{rate:g}"] = {"online": side_by_side(calls), "batch": [_path(settings, x, d, local, rate, 0)]}
    return found


def rows_of(settings: Values) -> tuple[Array, Array]:
    """[1 x] (rows, 2) and d (rows, 1): the rows that each of the two minima fits."""
    parts = [_some(settings[name]) for name in ("near", "far")]
    x, d = (np.concatenate(values) for values in zip(*parts, strict=True))
    return np.stack([np.ones_like(x), x], axis=1), d[:, None]


def _some(part: Mapping[str, float]) -> tuple[Array, Array]:
    rows = int(part["rows"])
    return np.full(rows, float(part["x"])), part["d"] + part["noise"] * np.where(np.arange(rows) % 2, 1.0, -1.0)


def surface(x: Array, d: Array) -> Array:
    """E = ½ mean (d − tanh wx)² at each weight w of GRID."""
    errors: Array = np.mean((d - np.tanh(x[:, 1:] * GRID)) ** 2, axis=0) / 2
    return errors


def _trainer(rows: int, batch: int, start: float) -> tuple[Any, Array]:
    """The engine for a neuron whose bias stays 0, and its weights (1, 2)."""
    weights = allocate(1, 1, (), np.dtype(np.float64))
    weights[0, 1] = start
    rule = Optimizer(batch_size=batch, bias_factor=0.0)
    return make_engine(NEURON, [weights], rule, Regularizer(), rows), weights


def _descended(x: Array, d: Array, start: float) -> float:
    engine, weights = _trainer(len(x), 0, start)
    for _ in range(SETTLING):
        engine.train(x, d, [CALM])
    return float(weights[0, 1])


def _path(settings: Values, x: Array, d: Array, start: float, rate: float, seed: int) -> list[float]:
    """The weight after each pass, online in the orders of the seed, or in batches with seed 0."""
    engine, weights = _trainer(len(x), min(seed, 1), start)
    rng, found = np.random.default_rng(seed), []
    for _ in range(settings["passes"]):
        engine.train(x, d, [rate], order=rng.permutation(len(x)))
        found.append(round(float(weights[0, 1]), 4))
    return found


def escaped(results: Results, rate: str, way: str) -> list[bool]:
    """By seed, whether the weight ends beyond the top."""
    return [path[-1] > results["top"] for path in results["paths"][rate][way]]


def judge(settings: Values, results: Results) -> Judgment:
    """At some η at least half of the orders escape, and batch descent does not."""
    count, said, held, some = settings["seeds"], [], False, False
    level = settings["level"] / len(results["paths"])
    for rate in results["paths"]:
        online, stays = sum(escaped(results, rate, "online")), sum(escaped(results, rate, "batch"))
        p = more_than(online, count * stays, count)
        held |= online >= settings["half"] * count and p < level
        some |= p < settings["level"]
        said.append(f"{online} of {count} orders at η = {rate} (p = {p:.2g}; batch: {'escapes' if stays else 'stays'})")
    numbers = (
        f"From the local minimum at w = {results['local']:.3f} over the top at {results['top']:.3f} to the lower one "
        f"at {results['lower']:.3f} escape online {', '.join(said)}."
    )
    return graded(held, some, numbers)


def draw(settings: Values, results: Results) -> str:
    """E over the weight with its minima, and weights by pass."""
    rate = max(results["paths"], key=lambda rate: sum(escaped(results, rate, "online")))
    paths = results["paths"][rate]
    with style.drawing(style.WIDE, style.HIGH, across=2) as ((left, right), svg):
        grid = GRID[::20]
        left.plot(grid, results["error"], color=style.INK)
        for number, name in enumerate(("local", "top", "lower")):
            place = results[name]
            height = np.interp(place, grid, results["error"])
            left.plot(
                place, height, style.marker(number), color=style.color(number), ms=7, label=f"{name}: w = {place:.2f}"
            )
            right.axhline(place, color=style.color(number), linewidth=0.9, linestyle=style.stroke(number))
        for path in paths["online"][:SHOWN]:
            right.plot(range(1, len(path) + 1), path, color=style.SOFT, linewidth=0.7, label=None)
        right.plot(range(1, len(paths["batch"][0]) + 1), paths["batch"][0], color=style.INK, linewidth=2, label="batch")
        left.set(xlabel="weight w", ylabel="E", title="the error of one neuron")
        right.set(xlabel="passes", ylabel="weight w", title=f"{SHOWN} orders online (thin), η = {rate}")
        left.legend()
        right.legend()
    return svg[0]


CLAIM = Claim(
    name="escaping",
    number="3b",
    title="The noise of online learning escapes a local minimum",
    question="Does online learning leave a local minimum of E in which batch descent with the same η stays?",
    section="4",
    formula="W ← W + η δ [1 y]ᵀ after each pattern: a stochastic trajectory of the weights allows escape from local "
    "minima.",
    method="One neuron tanh wx without bias, whose E has two minima by construction (two kinds of rows want different "
    "weights). All trainings begin at the upper one, to which batch descent leads, and take the same passes over the "
    "same rows; only the order of the rows differs. Escaped is who ends beyond the top between the two. Fisher's exact "
    "test against as many batch trainings, for each η. Batch descent has no chance in it: one training stands for all.",
    keys={
        "near": mapping_of(finite),
        "far": mapping_of(finite),
        "start": finite,
        "rates": list_of(finite),
        "passes": whole,
        "seeds": whole,
        "half": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
