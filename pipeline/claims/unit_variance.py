"""Claim 8b: weights of σ² = 1/m keep the variance of v at 1 through the layers (notes §4)."""

from functools import partial

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.fields import finite, list_of, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture, Workspace, forward
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
UNIT = "lecun_tanh"


def measure(settings: Values) -> Results:
    """The variance of v by seed, factor of σ and layer."""
    return {"variances": side_by_side([partial(_one, settings, seed) for seed in settings["seeds"]])}


def _one(settings: Values, seed: int) -> list[list[float]]:
    """For each factor of σ = 1/√m: the variance of v over units and rows, by layer; inputs are standard normal."""
    rng, layers, units = np.random.default_rng(seed), settings["layers"], settings["units"]
    architecture = Architecture((units,) * (layers + 1), (UNIT,) * layers, "squared_error")
    x = np.ones((settings["rows"], units + 1))
    x[:, 1:] = rng.standard_normal((len(x), units))
    found = []
    for factor in settings["factors"]:
        weights = [w * factor for w in initialize(architecture.sizes, "fan_in", rng, x.dtype)]
        found.append([float(v.var()) for v in _fields(architecture, weights, x)])
    return found


def _fields(architecture: Architecture, weights: list[Array], x: Array) -> list[Array]:
    """v_l of each layer, (rows, m_l); computed anew from y_{l−1}, for activations may overwrite v."""
    space = Workspace(architecture, len(x), x.dtype)
    forward(architecture, weights, x, space)
    padded = [x, *space.padded[:-1]]
    return [below @ w.T for below, w in zip(padded, weights, strict=True)]


def judge(settings: Values, results: Results) -> Judgment:
    """By how far each layer's variance of v, the mean over the seeds, is from 1."""
    layers = _layers(settings, results, 1)
    kept = np.abs(layers - 1).max() <= settings["kept"]
    near = 1 / settings["near"] <= layers.min() and layers.max() <= settings["near"]
    spread = np.std([one[settings["factors"].index(1)] for one in results["variances"]], axis=0).max()
    falls = ", ".join(f"{variance:.2f}" for variance in layers)
    numbers = (
        f"With σ² = 1/m the variance of v is, layer by layer, {falls}; between seeds it differs by {spread:.2f} "
        "(standard deviation) at most. The first layer's inputs have variance 1, as the derivation supposes; what "
        "1.7159 tanh(2/3 v) gives to the next ones has less."
    )
    return graded(bool(kept), bool(near), numbers)


def _layers(settings: Values, results: Results, factor: float) -> Array:
    """Variance of v by layer, the mean over the seeds."""
    place = settings["factors"].index(factor)
    found: Array = np.mean([one[place] for one in results["variances"]], axis=0)
    return found


def draw(settings: Values, results: Results) -> str:
    """The variance of v by layer, for each factor of σ."""
    with style.drawing() as ((axes,), result):
        for number, factor in enumerate(settings["factors"]):
            curves = [seed[number] for seed in results["variances"]]
            label, layers = f"σ√m = {factor:g}", range(1, settings["layers"] + 1)
            style.band(axes, layers, curves, style.color(number), label, stroke=style.stroke(number))
        axes.axhline(1, color=style.SOFT, linewidth=0.8, linestyle=style.stroke(2))
        style.logarithmic(axes)
        style.whole(axes.xaxis)
        axes.set(xlabel="layer", ylabel="variance of v")
        axes.legend(loc="best")
    return result[0]


CLAIM = Claim(
    name="unit_variance",
    number="8b",
    title="Weights of variance 1/m keep the variance of v at 1 through the layers",
    question="Does σ² = 1/m put v between the linear and the saturated part of 1.7159 tanh(2/3 v), in each of many "
    "layers?",
    section="4",
    formula="E[v_j²] = Σ_i σ² E[y_i²] = mσ², which is 1 for σ² = 1/m, if the y_i have mean 0 and variance 1 and are "
    "uncorrelated.",
    method="Standard normal inputs go through untrained layers without biases, in double precision; the variance of "
    "v is taken over all units and rows of a layer. Confirmed if each layer's, the mean over the seeds, is 1 within "
    "the tolerance; within limits if it is 1 within the factor either way. This was a part of claim 8 in a first "
    "try, with the same thresholds.",
    keys={
        "seeds": list_of(whole),
        **dict.fromkeys(("rows", "units", "layers"), whole),
        "factors": list_of(finite),
        **dict.fromkeys(("kept", "near"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
