"""Claim 9: last layers have larger local gradients; rates ∝ 1/√fan-in even the layers' speeds out (notes §4)."""

import math
from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.bare_networks import BareNetwork
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, median
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import quickest
from pipeline.feed.preprocessing import standardize
from pipeline.feed.targets import one_hot
from pipeline.fields import finite, list_of, texts, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.schedules import layer_rates
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
EQUAL, FAN_IN = "equal", "fan_in"
SCHEMES = {EQUAL: "learning_rates", FAN_IN: "fan_in_rates"}


def measure(settings: Values) -> Results:
    """deltas: mean |δ_l| by unit, seed, epoch and layer; speeds: by scheme and seed, with the scheme's rate."""
    seeds, rates = settings["seeds"], {scheme: _rate(settings, scheme) for scheme in SCHEMES}
    units = [(unit, seed) for unit in settings["activations"] for seed in seeds]
    schemes = [(scheme, rate, seed) for scheme, rate in rates.items() for seed in seeds]
    deltas = side_by_side([partial(_deltas, settings, *pair) for pair in units])
    speeds = side_by_side([partial(_speeds, settings, *one) for one in schemes])
    return {
        "deltas": {
            unit: [found for (own, _), found in zip(units, deltas, strict=True) if own == unit]
            for unit in settings["activations"]
        },
        "speeds": {
            scheme: [found for (own, *_), found in zip(schemes, speeds, strict=True) if own == scheme]
            for scheme in SCHEMES
        },
    }


def _rate(settings: Values, scheme: str) -> float:
    """The scheme's rate with the lowest training loss, by a seed that nothing else is measured by."""
    seed = settings["rate_seed"]
    return quickest(settings[SCHEMES[scheme]], lambda rate: _speeds(settings, scheme, rate, seed)["loss"])


def _network(settings: Values, unit: str, optimizer: Optimizer, seed: int) -> BareNetwork:
    rows = digits(settings["rows"], seed).train
    x = standardize(rows.X).apply(rows.X, np.dtype(np.float32))
    hidden = tuple(settings["hidden"])
    architecture = Architecture((x.shape[1], *hidden, 10), (*[unit] * len(hidden), "softmax"), "cross_entropy")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(seed), x.dtype)
    return BareNetwork(architecture, weights, x, one_hot(rows.y, 10, (0, 1), x.dtype), optimizer, seed)


def _deltas(settings: Values, unit: str, seed: int) -> list[list[float]]:
    """Mean |δ_l| over rows and units of layers 1 … L, before training and after each epoch."""
    optimizer = Optimizer(learning_rate=settings["learning_rate"], batch_size=settings["batch_size"])
    network = _network(settings, unit, optimizer, seed)
    found = []
    for epoch in range(settings["epochs"] + 1):
        if epoch:
            network.epoch()
        found.append([float(np.abs(delta).mean()) for delta in network.look().deltas])
    return found


def _speeds(settings: Values, scheme: str, rate: float, seed: int) -> dict[str, Any]:
    optimizer = Optimizer(learning_rate=rate, batch_size=settings["batch_size"], layer_rates=scheme)
    network, speeds = _network(settings, "lecun_tanh", optimizer, seed), []
    for _ in range(settings["epochs"]):
        speeds.append(_steps(network, layer_rates(optimizer, network.architecture.sizes)))
        network.epoch()
    loss = network.measured()[0]
    return {"rate": rate, "loss": loss if math.isfinite(loss) else math.inf, "speeds": speeds}


def _steps(network: BareNetwork, rates: list[float]) -> list[float]:
    """η‖∂E/∂w_j‖/‖w_j‖, root mean square over the rows, mean over neurons j: the relative step of each layer."""
    look, found = network.look(), []
    below = [network.x[:, 1:], *look.outputs[:-1]]
    for rate, delta, y, w in zip(rates, look.deltas, below, network.weights, strict=True):
        lengths = 1 + np.square(y, dtype=np.float64).sum(axis=1)
        gradients = np.sqrt((np.square(delta, dtype=np.float64) * lengths[:, None]).mean(axis=0))
        found.append(float(rate * (gradients / np.linalg.norm(w, axis=1)).mean()))
    return found


def judge(settings: Values, results: Results) -> Judgment:
    """The order of the local gradients is the essential part; then how far apart the layers' speeds are."""
    deltas = {unit: np.array(found) for unit, found in results["deltas"].items()}
    larger = {unit: found[..., -1] > found[..., 0] for unit, found in deltas.items()}
    share = float(np.mean(list(larger.values())))
    spreads = {scheme: [_spread(one["speeds"]) for one in results["speeds"][scheme]] for scheme in SCHEMES}
    evened = median([one / other for one, other in zip(spreads[FAN_IN], spreads[EQUAL], strict=True)])
    gradients = {"larger in the last layer": share >= settings["usually"]}
    held = {
        "rates ∝ 1/√fan-in even the speeds out": evened <= settings["evened"]
        and smaller(spreads[FAN_IN], spreads[EQUAL]) <= settings["level"]
    }
    ratios = {unit: float(np.median(found[..., -1] / found[..., 0])) for unit, found in deltas.items()}
    losses = {scheme: median([one["loss"] for one in results["speeds"][scheme]]) for scheme in SCHEMES}
    apart = {scheme: math.exp(median(spread)) for scheme, spread in spreads.items()}
    numbers = (
        f"In {100 * share:.0f} % of seeds, units and epochs mean |δ| is larger in the last layer than in the first "
        f"({', '.join(f'{unit}: {ratio:.1f} times' for unit, ratio in ratios.items())}, median). The fastest layer "
        f"is {apart[EQUAL]:.2f} times as fast as the slowest with equal rates and {apart[FAN_IN]:.2f} times with "
        f"η/√m; the training loss ends at {losses[EQUAL]:.3g} and {losses[FAN_IN]:.3g}."
    )
    return by_parts(gradients | held, gradients, numbers)


def _spread(speeds: list[list[float]]) -> float:
    """ln of fastest/slowest layer, the mean over the epochs."""
    logs = np.log(speeds)
    return float((logs.max(axis=1) - logs.min(axis=1)).mean())


def draw(settings: Values, results: Results) -> str:
    """Mean |δ| by layer for each unit; each layer's relative step by epoch under both schemes."""
    with style.drawing(style.NARROW, 3 * style.HIGH, down=3) as ((first, *others), result):
        layers = range(1, len(settings["hidden"]) + 2)
        for number, unit in enumerate(settings["activations"]):
            curves = np.array(results["deltas"][unit]).mean(axis=1)
            style.band(first, layers, curves, style.color(number), unit, stroke=style.stroke(number))
        style.logarithmic(first)
        first.set(xlabel="layer", title="mean |δ|")
        style.whole(first.xaxis)
        first.legend(loc="best")
        for axes, scheme, title in zip(others, SCHEMES, ("step, equal rates", "step, η/√m"), strict=True):
            speeds = np.array([one["speeds"] for one in results["speeds"][scheme]])
            for number in range(speeds.shape[-1]):
                label, epochs = f"layer {number + 1}", range(speeds.shape[1])
                stroke = style.stroke(number)
                style.band(axes, epochs, speeds[..., number], style.color(number), label, stroke=stroke)
            style.logarithmic(axes)
            style.whole(axes.xaxis)
            axes.set(xlabel="epoch", title=title)
        others[-1].legend(loc="best")
        others[-1].sharey(others[0])
    return result[0]


CLAIM = Claim(
    name="layer_speeds",
    number="9",
    title="Last layers have larger local gradients; rates ∝ 1/√fan-in even out the speeds",
    question="Are the local gradients δ of the last layer larger than those of the first, and do learning rates "
    "that are inversely proportional to the square root of a neuron's inputs let all layers learn at one speed?",
    section="4",
    formula="δ_ℓ = W̲ᵀ_{ℓ+1} δ_{ℓ+1} · φ′(v_ℓ); η_ℓ = η/√m_{ℓ−1}.",
    method="Networks with three hidden layers learn digits; mean |δ| is taken over all training rows and the "
    "layer's units, before training and after each epoch. A neuron's speed is its relative step η‖∂E/∂w‖/‖w‖ for "
    "one row, root mean square over the rows, a layer's the mean over its neurons; each scheme has the best of its "
    "rates by the training loss, chosen by a seed of its own. Confirmed if the last layer's δ is usually larger and "
    "ln(fastest/slowest layer) shrinks to the share (Wilcoxon's test over the seeds); within limits if only the "
    "former. Here η/√m is smallest in the first layer, which has the most inputs, while the notes also want it "
    "smallest in the last: both can't be had. A first run took each seed's own best rate, and found the same.",
    keys={
        "seeds": list_of(whole),
        "rate_seed": whole,
        **dict.fromkeys(("rows", "epochs", "batch_size"), whole),
        "hidden": list_of(whole),
        "activations": texts,
        **dict.fromkeys(("learning_rates", "fan_in_rates"), list_of(finite)),
        **dict.fromkeys(("learning_rate", "level", "usually", "evened"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
