"""Claim 8: zeros move only the output bias, large weights saturate, small ones lie on a plateau (notes §4)."""

from functools import partial

import numpy as np

from pipeline.claims.bare_networks import BareNetwork
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, exceeds, median, median_ratio
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.feed.preprocessing import standardize
from pipeline.feed.targets import one_hot
from pipeline.fields import finite, list_of, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.diagnostics import slope_share

Array = np.ndarray
UNIT = "lecun_tanh"


def measure(settings: Values) -> Results:
    """Per seed: what zeros become, and how networks with weights of each size begin and learn."""
    parts = {"zeros": _zeros, "scales": _scales}
    calls = [(name, seed) for name in parts for seed in settings["seeds"]]
    found = side_by_side([partial(parts[name], settings, seed) for name, seed in calls])
    return {name: [one for (own, _), one in zip(calls, found, strict=True) if own == name] for name in parts}


def _zeros(settings: Values, seed: int) -> dict[str, float]:
    """The largest of all weights but the output bias, and that, after online training from zeros."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((settings["zero_rows"], 1))
    architecture = Architecture((1, settings["zero_hidden"], 1), ("tanh", "identity"), "squared_error")
    weights = initialize(architecture.sizes, "zeros", rng, np.dtype(float))
    optimizer = Optimizer(learning_rate=settings["zero_rate"], batch_size=1)
    network = BareNetwork(architecture, weights, x, 1 + np.sin(2 * x), optimizer, seed)
    for _ in range(settings["zero_epochs"]):
        network.epoch()
    others = [np.abs(weights[0]).max(), np.abs(weights[1][:, 1:]).max()]
    return {"others": float(max(others)), "output_bias": float(weights[1][0, 0])}


def _scales(settings: Values, seed: int) -> list[dict[str, float]]:
    """For each factor of σ = 1/√m: saturated units and ‖∂E/∂W_1‖ at the start, and the training loss at the end."""
    rows = digits(settings["rows"], seed).train
    x = standardize(rows.X).apply(rows.X, np.dtype(np.float32))
    return [_scale(settings, x, one_hot(rows.y, 10, (0, 1), x.dtype), factor, seed) for factor in settings["factors"]]


def _scale(settings: Values, x: Array, d: Array, factor: float, seed: int) -> dict[str, float]:
    hidden = tuple(settings["hidden"])
    activations = (*[UNIT] * len(hidden), "softmax")
    architecture = Architecture((x.shape[1], *hidden, 10), activations, "cross_entropy")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(seed), x.dtype)
    for w in weights:
        w *= factor
    optimizer = Optimizer(learning_rate=settings["learning_rate"], batch_size=settings["batch_size"])
    network = BareNetwork(architecture, weights, x, d, optimizer, seed)
    look = network.look()
    flat = [(slope_share(UNIT, y) < settings["saturated"]).mean() for y in look.outputs[:-1]]
    gradient = float(np.linalg.norm(look.slopes[0]))
    for _ in range(settings["epochs"]):
        network.epoch()
    return {"saturated": float(np.mean(flat)), "gradient": gradient, "loss": network.measured()[0]}


def judge(settings: Values, results: Results) -> Judgment:
    """That zeros stay is exact, and the essential part; then saturation and speed at both ends."""
    moved = [abs(one["output_bias"]) for one in results["zeros"]]
    stay = max(one["others"] for one in results["zeros"]) == 0 and min(moved) > 0
    usual, large, small = (_of(settings, results, settings.get(name, 1)) for name in ("", "large", "small"))
    level, slow = settings["level"], settings["slow"]
    slower = {name: median_ratio(one["loss"], usual["loss"]) for name, one in (("large", large), ("small", small))}
    zeros = {"zeros stay": stay}
    held = {
        "large weights saturate": median(large["saturated"]) >= settings["mostly"],
        "large weights have small gradients": smaller(large["gradient"], usual["gradient"]) <= level,
        "large weights learn slowly": exceeds(large["loss"], usual["loss"], slow, level),
        "small weights lie on a plateau": smaller(small["gradient"], usual["gradient"]) <= level,
        "small weights learn slowly": exceeds(small["loss"], usual["loss"], slow, level),
    }
    numbers = (
        f"After training from zeros all other weights are {'exactly 0' if stay else 'not all 0'}, the output bias is "
        f"{median(moved):.2f}. Large weights (σ = {settings['large']}/√m) saturate "
        f"{100 * median(large['saturated']):.0f} % of the hidden units; the first layer's gradient is "
        f"{median_ratio(large['gradient'], usual['gradient']):.3g} times and the training loss {slower['large']:.3g} "
        f"times that of σ² = 1/m; with small ones (σ = {settings['small']}/√m) they are "
        f"{median_ratio(small['gradient'], usual['gradient']):.3g} and {slower['small']:.3g} times."
    )
    return by_parts(zeros | held, zeros, numbers)


def _of(settings: Values, results: Results, factor: float) -> dict[str, list[float]]:
    """Each number of the networks with that factor, by seed."""
    found = [one[settings["factors"].index(factor)] for one in results["scales"]]
    return {key: [one[key] for one in found] for key in ("saturated", "gradient", "loss")}


def draw(settings: Values, results: Results) -> str:
    """Saturated units, the first layer's gradient and the training loss against σ√m."""
    titles = {
        "saturated": "saturated hidden units, start",
        "gradient": "first layer's gradient, start",
        "loss": f"training loss, epoch {settings['epochs']}",
    }
    with style.drawing(style.NARROW, 3 * style.HIGH, down=3) as (panels, result):
        for number, (axes, (key, title)) in enumerate(zip(panels, titles.items(), strict=True)):
            curves = [[one[key] for one in seed] for seed in results["scales"]]
            style.band(axes, settings["factors"], curves, style.color(number), key)
            axes.set_xscale("log")
            axes.set(xlabel="σ√m of the first weights", title=title)
            if key != "saturated":
                style.logarithmic(axes)
        style.percent(panels[0].yaxis)
    return result[0]


CLAIM = Claim(
    name="starting_weights",
    number="8",
    title="Zeros move only the output bias, large first weights saturate, small ones start on a plateau",
    question="What do first weights of zero do, and do too large and too small ones slow learning down?",
    section="4",
    formula="δ_j = φ′(v_j) Σ_k δ_k w_kj is 0 with w_kj = 0, and so is ∂E/∂w_kj = −δ_k y_j with y_j = tanh 0 = 0; "
    "large |v| make φ′(v) small.",
    method="A network of one input, tanh units and one output learns online from zeros, in double precision: all "
    "but the output bias must be exactly 0. Networks with three hidden layers learn digits with all first weights "
    "multiplied by factors of σ = 1/√m; saturation and the gradient ‖∂E/∂W_1‖ are those before training. Confirmed "
    "if large weights saturate and have smaller gradients, if small ones have smaller gradients, and if both learn "
    "more slowly; within limits if only the zeros stay as the notes say. In a first try with one seed the rule of "
    "8b was a part of this one, which was then not confirmed; the two are judged apart since.",
    keys={
        "seeds": list_of(whole),
        **dict.fromkeys(("zero_rows", "zero_hidden", "zero_epochs", "rows", "epochs", "batch_size"), whole),
        "hidden": list_of(whole),
        "factors": list_of(finite),
        **dict.fromkeys(("zero_rate", "learning_rate", "saturated", "level", "large", "small"), finite),
        **dict.fromkeys(("mostly", "slow"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
