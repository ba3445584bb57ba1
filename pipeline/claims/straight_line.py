"""Claim 11b: noisy samples of a straight line, and a crazy curve through them by too many parameters (notes §5)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.bare_networks import BareNetwork, with_ones
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, median, median_ratio
from pipeline.claims.judging import smaller
from pipeline.fields import finite, list_of, text, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.readout import readout_of

Array = np.ndarray
SLOPE = 0.5


def measure(settings: Values) -> Results:
    """By hidden units, then seed: squared error on the samples and from the true line; samples and fits of one seed."""
    calls = [(hidden, seed) for hidden in settings["hidden"] for seed in settings["seeds"]]
    found = side_by_side([partial(_fit, settings, *call) for call in calls])
    x, y = _samples(settings, settings["seeds"][0])
    fits = [one for (_, seed), one in zip(calls, found, strict=True) if seed == settings["seeds"][0]]
    return {
        name: [
            [one[name] for (own, _), one in zip(calls, found, strict=True) if own == hidden]
            for hidden in settings["hidden"]
        ]
        for name in ("samples", "line")
    } | {"shown": {"x": x[:, 0].tolist(), "y": y[:, 0].tolist(), "fits": [one["fit"] for one in fits]}}


def _samples(settings: Values, seed: int) -> tuple[Array, Array]:
    """x and y = x/2 + noise, (samples, 1)."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, (settings["samples"], 1)), axis=0)
    return x, SLOPE * x + settings["noise"] * rng.standard_normal(x.shape)


def _fit(settings: Values, hidden: int, seed: int) -> dict[str, Any]:
    x, y = _samples(settings, seed)
    units = (hidden,) if hidden else ()
    architecture = Architecture((1, *units, 1), (*["tanh" for _ in units], "identity"), "squared_error")
    rng = np.random.default_rng((seed, hidden))
    weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(float))
    for w in weights[:-1]:
        w[...] = settings["sigma"] * rng.standard_normal(w.shape)
    optimizer = Optimizer(name=settings["optimizer"], learning_rate=settings["learning_rate"], batch_size=0)
    network = BareNetwork(architecture, weights, x, y, optimizer, seed)
    for _ in range(settings["epochs"]):
        network.epoch()
    points = _points(settings)
    fit = readout_of(architecture, weights, with_ones(points, np.dtype(float)))
    return {
        "samples": 2 * network.measured()[0],
        "line": float(np.square(fit - SLOPE * points).mean()),
        "fit": fit[:, 0].tolist(),
    }


def _points(settings: Values) -> Array:
    return np.linspace(-1, 1, settings["points"])[:, None]


def judge(settings: Values, results: Results) -> Judgment:
    """The straight line against the network with the most parameters; the second error is the essential part."""
    level = settings["level"]
    few, many = ({name: results[name][place] for name in ("samples", "line")} for place in (0, -1))
    fits, crazy = median_ratio(many["samples"], few["samples"]), median_ratio(many["line"], few["line"])
    essential = {"farther from the line": smaller(few["line"], many["line"]) <= level}
    held = {
        "describes the samples": fits <= settings["fits"] and smaller(many["samples"], few["samples"]) <= level,
        "a crazy curve": crazy >= settings["crazy"],
    }
    return by_parts(essential | held, essential, _numbers(settings, results, fits, crazy))


def _numbers(settings: Values, results: Results, fits: float, crazy: float) -> str:
    pairs = "; ".join(
        f"{_parameters(hidden)}: {median(samples):.2g} and {median(line):.2g}"
        for hidden, samples, line in zip(settings["hidden"], results["samples"], results["line"], strict=True)
    )
    return (
        f"{_parameters(settings['hidden'][-1])} parameters bring the squared error on the samples to {fits:.2g} "
        f"times and the squared distance from the true line to {crazy:.2g} times those of the fitted straight line. "
        f"By the number of parameters the two are (medians over {len(settings['seeds'])} sets of samples) {pairs}."
    )


def _parameters(hidden: int) -> int:
    return 3 * hidden + 1 if hidden else 2


def draw(settings: Values, results: Results) -> str:
    """The first seed's samples, the fit with fewest and most parameters; both errors by the number of parameters."""
    shown = results["shown"]
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((upper, lower), result):
        points = _points(settings)[:, 0]
        for number, place in enumerate((0, -1)):
            label = f"{_parameters(settings['hidden'][place])} parameters"
            fit = shown["fits"][place]
            upper.plot(points, fit, color=style.color(number), linestyle=style.stroke(number), label=label)
        upper.plot(points, SLOPE * points, color=style.SOFT, linewidth=0.8, label="true line")
        upper.plot(shown["x"], shown["y"], "o", color=style.INK, markersize=4, label="samples")
        upper.set(xlabel="x", ylabel="y")
        upper.legend(loc="best")
        parameters = [_parameters(hidden) for hidden in settings["hidden"]]
        for number, (name, label) in enumerate((("samples", "on the samples"), ("line", "from the true line"))):
            curves, stroke = np.array(results[name]).T, style.stroke(number)
            style.band(lower, parameters, curves, style.color(number + 2), label, stroke=stroke)
        lower.set_xscale("log")
        lower.set_xticks(parameters, [str(count) for count in parameters])
        lower.minorticks_off()
        lower.set_yscale("log")
        lower.set(xlabel="parameters", ylabel="mean squared error")
        lower.legend(loc="best")
    return result[0]


CLAIM = Claim(
    name="straight_line",
    number="11b",
    title="With enough parameters a crazy curve goes through samples of a straight line",
    question="Do many parameters describe noisy samples of a straight line better than two, and the line itself worse?",
    section="5",
    formula="y = ax + b has 2 parameters; a network of m tanh units has 3m + 1.",
    method="Few samples of y = x/2 with noise, another set for each seed. A single linear unit and networks of more "
    "and more tanh units are trained on all samples at once, then held against the true line. Confirmed if the "
    "largest network is nearer to the samples than the fitted line by the share and farther from the true line by "
    "the factor; within limits if it is only farther (Wilcoxon's test over the seeds).",
    keys={
        "seeds": list_of(whole),
        "hidden": list_of(whole),
        "optimizer": text,
        **dict.fromkeys(("samples", "epochs", "points"), whole),
        **dict.fromkeys(("noise", "sigma", "learning_rate", "level", "fits", "crazy"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
