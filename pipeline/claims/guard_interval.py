"""Claim 6: targets on the asymptotes against a guard interval and tanh v + αv (notes §4)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.bare_networks import BareNetwork, row_norms, with_ones
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, exceeds, median, median_ratio
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.feed.preprocessing import center
from pipeline.feed.rows import Rows
from pipeline.feed.targets import one_hot
from pipeline.fields import finite, list_of, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
Curve = list[float]
STEPS = 33  # points on the way from one image to another
ASYMPTOTES, GUARD, LINEAR = "targets on the asymptotes", "guard interval", "linear term"
ARMS = (ASYMPTOTES, GUARD, LINEAR)
NAMES = ("asymptotes", "guard", "tanh v + αv")


def arms(settings: Values) -> dict[str, tuple[str, float]]:
    """Output activation and target of each network, by its name."""
    return {
        ASYMPTOTES: ("tanh", 1.0),
        GUARD: ("tanh", 1 - settings["guard"]),
        LINEAR: (f"tanh_linear({settings['alpha']})", 1.0),
    }


def measure(settings: Values) -> Results:
    """Of each network and seed: ‖W_L‖ by epoch, gradients of outliers and of training rows, binary wrong answers."""
    seeds = settings["seeds"]
    pairs = [(name, seed) for name in ARMS for seed in seeds]
    found = side_by_side([partial(_one, settings, name, seed) for name, seed in pairs])
    keys = found[0].keys()
    return {
        name: {key: [one[key] for (own, _), one in zip(pairs, found, strict=True) if own == name] for key in keys}
        for name in ARMS
    }


def _one(settings: Values, name: str, seed: int) -> dict[str, Any]:
    train, held, _ = digits(settings["rows"], seed, settings["held_out"])
    assert held is not None
    output, target = arms(settings)[name]
    inputs = center(train.X)
    network = _network(settings, inputs.apply(train.X, np.dtype(np.float32)), train.y, output, target, seed)
    norms = []
    for _ in range(settings["epochs"]):
        network.epoch()
        norms.append(float(np.linalg.norm(network.weights[-1][:, 1:])))
    x = with_ones(inputs.apply(held.X, np.dtype(np.float32)), network.dtype)
    typical = row_norms(network.look(), network.x)
    wrong = _wrong(network, x, held)
    binary = wrong.max(axis=1) >= 1 - settings["saturated"] if name != LINEAR else np.zeros(len(wrong))
    return {
        "weights": norms,
        "outlier": float(np.median(_outliers(network, x, held, settings["outliers"], target, seed))),
        "typical": float(np.median(typical)),
        "binary": float(binary.mean()) if len(wrong) else 0.0,
        "error": len(wrong) / len(held),
    }


def _network(settings: Values, x: Array, y: Array, output: str, target: float, seed: int) -> BareNetwork:
    architecture = Architecture((x.shape[1], settings["hidden"], 10), ("lecun_tanh", output), "squared_error")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(seed), np.dtype(np.float32))
    optimizer = Optimizer(learning_rate=settings["learning_rate"], batch_size=settings["batch_size"])
    return BareNetwork(
        architecture, weights, x, one_hot(y, 10, (-target, target), np.dtype(np.float32)), optimizer, seed
    )


def _wrong(network: BareNetwork, x: Array, held: Rows) -> Array:
    """Outputs (wrong rows, 10) of the held-out rows that are answered wrongly."""
    outputs = network.look(x, np.zeros((len(x), 10))).outputs[-1]
    found: Array = outputs[outputs.argmax(axis=1) != held.y]
    return found


def _outliers(network: BareNetwork, x: Array, held: Rows, count: int, target: float, seed: int) -> Array:
    """‖∂E/∂W‖ (count,) between two images of different digits, where the first one's output is nearest to 0."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(len(x), size=(2, 4 * count))
    different = np.flatnonzero(held.y[first] != held.y[second])[:count]
    first, second = first[different], second[different]
    shares = np.linspace(0, 1, STEPS, dtype=network.dtype)[:, None]
    found = []
    for one, other in zip(first, second, strict=True):
        points = np.ascontiguousarray((1 - shares) * x[one] + shares * x[other])
        d = one_hot(np.full(STEPS, held.y[one]), 10, (-target, target), network.dtype)
        look = network.look(points, d)
        nearest = np.abs(look.outputs[-1][:, held.y[one]]).argmin()
        found.append(row_norms(look, points)[nearest])
    return np.array(found)


def judge(settings: Values, results: Results) -> Judgment:
    """Weights that grow on are the essential part; then what outliers do to them, and binary wrong answers."""
    level = settings["level"]
    last, outlier, binary = _by_arm(results)
    weights = {
        f"larger output weights than with the {name}": exceeds(last[ASYMPTOTES], last[name], settings["grown"], level)
        for name in (GUARD, LINEAR)
    }
    gradients = {
        f"enormous gradients of outliers beside the {name}": exceeds(
            outlier[ASYMPTOTES], outlier[name], settings["enormous"], level
        )
        for name in (GUARD, LINEAR)
    }
    wrong = {"binary when wrong": smaller(binary[GUARD], binary[ASYMPTOTES]) <= level}
    return by_parts(weights | gradients | wrong, weights, _numbers(results))


def _by_arm(results: Results) -> tuple[dict[str, Curve], dict[str, Curve], dict[str, Curve]]:
    """By network, and then by seed: ‖W_L‖ at the end, the outliers' gradient, the share of binary wrong answers."""
    last = {name: [curve[-1] for curve in results[name]["weights"]] for name in ARMS}
    outlier, binary = ({name: results[name][key] for name in ARMS} for key in ("outlier", "binary"))
    return last, outlier, binary


def _numbers(results: Results) -> str:
    last, outlier, binary = _by_arm(results)
    grown, enormous = ([median_ratio(of[ASYMPTOTES], of[name]) for name in (GUARD, LINEAR)] for of in (last, outlier))
    usual = [median_ratio(outlier[name], results[name]["typical"]) for name in ARMS]
    share = {name: 100 * median(values) for name, values in binary.items()}
    return (
        f"With targets on the asymptotes the output weights' norm ends at {grown[0]:.2f} times that with the guard "
        f"interval and {grown[1]:.2f} times that with tanh v + αv, an outlier's gradient at {enormous[0]:.2f} and "
        f"{enormous[1]:.2f} times theirs. It is {usual[0]:,.0f} times that of the median training row, with the "
        f"guard {usual[1]:,.0f} and with tanh v + αv {usual[2]:,.0f} times. Of the wrong answers "
        f"{share[ASYMPTOTES]:.0f} % are binary, with the guard {share[GUARD]:.0f} %."
    )


def draw(settings: Values, results: Results) -> str:
    """Output weights by epoch, and the gradients of outliers beside those of training rows."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((upper, lower), result):
        epochs = range(1, settings["epochs"] + 1)
        for place, name in enumerate(ARMS):
            style.band(
                upper, epochs, results[name]["weights"], style.color(place), NAMES[place], stroke=style.stroke(place)
            )
            for shift, key in ((-0.15, "typical"), (0.15, "outlier")):
                values = results[name][key]
                marker = style.marker(shift > 0)
                lower.plot([place + shift] * len(values), values, marker, color=style.PALETTE[place], alpha=0.7)
        upper.set(xlabel="epoch", ylabel="norm of the output weights")
        upper.legend(loc="best")
        lower.set_yscale("log")
        lower.set_xticks(range(len(ARMS)), NAMES)
        lower.set(ylabel="gradient's norm", title="training rows (left), outliers (right)")
    return result[0]


CLAIM = Claim(
    name="guard_interval",
    number="6",
    title="Targets on the asymptotes saturate the outputs; a guard interval doesn't",
    question="Do targets on the asymptotes drive the output weights up, do outliers then give enormous gradients, "
    "and does a guard interval, or tanh v + αv, keep both from happening?",
    section="4",
    formula="d = ±1 with φ(v) = tanh v; d = ±(1 − ε); φ(v) = tanh v + αv",
    method="Three networks learn the same digits with the squared error; they differ in their outputs' targets and "
    "activation only. Outliers are points between two held-out images of different digits at which the first one's "
    "output is nearest to 0, where it is not saturated; a gradient is ‖∂E/∂W‖ of one row over all layers. Confirmed "
    "if on the asymptotes output weights and outliers' gradients are larger by the factors, and wrong answers more "
    "often binary (Wilcoxon's test over the seeds); within limits if the weights are. A first try with one seed "
    "counted an answer as binary where any of its ten outputs was, and all were.",
    keys={
        "seeds": list_of(whole),
        "alpha": finite,
        "guard": finite,
        "learning_rate": finite,
        **dict.fromkeys(("rows", "held_out", "hidden", "epochs", "batch_size", "outliers"), whole),
        **dict.fromkeys(("saturated", "level", "grown", "enormous"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
