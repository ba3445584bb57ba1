"""A valley that the engine's momentum runs down, and the friction of its velocity, in float64."""

from collections.abc import Sequence

import numpy as np

from pipeline.claims.claim import Results, Values
from pipeline.nn.initializers import allocate
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import OPTIMIZERS, Factor, Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.training import make_engine

Array = np.ndarray
SHOWN = 60  # steps that are kept for the figure


def descent(settings: Values, momentum: float) -> Results:
    """Steps until E stays flat, its path by weights, and by how much each weight goes beyond the minimum at 0."""
    path = _descend(settings, momentum)
    errors = path**2 @ np.array(settings["curvatures"]) / 2
    above = np.flatnonzero(errors > settings["flat"] * errors[0])
    beyond = np.maximum(0, -path.min(axis=0))
    return {"steps": int(above[-1]) + 1, "beyond": beyond.tolist(), "path": path[:SHOWN].tolist()}


def _descend(settings: Values, momentum: float) -> Array:
    """The weights (steps + 1, 2) from (1, 1) on, by the compiled engine in float64, all rows in each update.

    Two rows ±√(2λ) along each input make E = ½ (λ₁ w₁² + λ₂ w₂²); the bias has no slope.
    """
    scales = np.sqrt(2 * np.array(settings["curvatures"]))
    x = np.array([[1, *row] for row in (*np.diag(scales), *-np.diag(scales))])
    weights = [allocate(2, 1, (), np.dtype(np.float64))]
    weights[0][...] = 0, 1, 1
    name = "momentum" if momentum else "descent"
    optimizer = Optimizer(name=name, momentum=momentum, learning_rate=settings["valley_rate"], batch_size=0)
    engine = make_engine(
        Architecture((2, 1), ("identity",), "squared_error"), weights, optimizer, Regularizer(), len(x)
    )
    path = [weights[0][0, 1:].copy()]
    for _ in range(settings["valley_steps"]):
        engine.train(x, np.zeros((len(x), 1)), [settings["valley_rate"]])
        path.append(weights[0][0, 1:].copy())
    return np.array(path)


def friction(settings: Values) -> dict[str, float]:
    """For each μ the largest relative difference between the engine's velocity and the formula's, pushed and coasting.

    Pushed by g from rest, v_t = −ηg (1 − μᵗ) / (1 − μ), which tends to −ηg / (1 − μ); pushed no more, v_t = μᵗ v_0.
    """
    steps = settings["friction_steps"]
    times = np.arange(1, steps + 1)
    found = {}
    for momentum in (mu for mu in settings["valley_momenta"] if mu):
        pushed, coasting = _velocities(momentum, [1.0] * steps + [0.0] * steps).reshape(2, steps)
        expected = -(1 - momentum**times) / (1 - momentum)
        off = np.abs(pushed / expected - 1).max(), np.abs(coasting - pushed[-1] * momentum**times).max()
        found[str(momentum)] = float(max(off[0], off[1] / abs(pushed[-1])))
    return found


def _velocities(momentum: float, slopes: Sequence[float]) -> Array:
    """(steps,) by how much a weight moves in each, under these slopes with η = 1, by the engine's rule."""
    rule = OPTIMIZERS["momentum"](Optimizer(name="momentum", momentum=momentum), Regularizer())
    weights = [np.zeros((1, 2))]
    state, found = rule.init(weights), []
    for slope in slopes:
        rule.update(weights, state, [Factor(np.full((1, 1), -slope), np.array([[1.0, 0.0]]))], [1.0])
        found.append(float(state.first[0][0, 0]))
    return np.array(found)
