"""Claim 10: gradients that vanish and explode, in the chain of four units and in deep networks (notes §4)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.bare_networks import BareNetwork, with_ones
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, exceeds, median
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.feed.preprocessing import center
from pipeline.feed.targets import one_hot
from pipeline.fields import finite, list_of, text, texts, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture, Workspace, backward, factors, forward, gradients
from pipeline.nn.optimizers import Optimizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.readout import probed

Array = np.ndarray
UNITS = 4  # of the notes' chain


def measure(settings: Values) -> Results:
    """chain, deep, trained: of each seed."""
    parts = {"chain": _chains, "deep": _deep, "trained": _trained}
    calls = [(name, seed) for name in parts for seed in settings["seeds"]]
    found = side_by_side([partial(parts[name], settings, seed) for name, seed in calls])
    return {name: [one for (own, _), one in zip(calls, found, strict=True) if own == name] for name in parts}


def _chains(settings: Values, seed: int) -> dict[str, Any]:
    """Of each f and σ: how far ∂y/∂w₄ is from the notes' product, and how the local gradients grow along the chain."""
    rng = np.random.default_rng(seed)
    return {
        unit: [_chain(unit, sigma, settings["chains"], rng) for sigma in settings["chain_sigmas"]]
        for unit in settings["chain_units"]
    }


def _chain(unit: str, sigma: float, chains: int, rng: np.random.Generator) -> dict[str, float]:
    """y = f(w₁ f(w₂ f(w₃ f(w₄ x)))) for many draws of w and x.

    off: the largest difference of the engine's ∂y/∂w₄ from w₁w₂w₃ x Πf′, as a share of the largest such; growth: median
    of |δ_first/δ_last|; exploding: share of the chains where it is above 1.
    """
    architecture = Architecture((1,) * (UNITS + 1), (unit,) * UNITS, "squared_error")
    weights = initialize(architecture.sizes, "zeros", rng, np.dtype(float), (chains,))
    for w in weights:
        w[..., 1] = sigma * rng.standard_normal((chains, 1))
    x = np.ones((chains, 1, 2))
    x[..., 1] = rng.standard_normal((chains, 1))
    space = Workspace(architecture, 1, x.dtype, (chains,))
    y = forward(architecture, weights, x, space).copy()
    slopes = [_slope(unit, layer[:, 0, 0]) for layer in space.y]
    backward(architecture, weights, y + 1, space)  # an error of 1, so that −∂E/∂w is ∂y/∂w
    engine = -gradients(factors(x, space))[0][:, 0, 1]
    product = x[:, 0, 1] * np.prod(slopes, axis=0) * np.prod([w[:, 0, 1] for w in weights[1:]], axis=0)
    last = np.abs(space.delta[-1][:, 0, 0])
    growth = np.abs(space.delta[0][:, 0, 0]) / np.maximum(last, np.finfo(float).tiny)
    return {
        "off": float(np.abs(engine - product).max() / np.abs(product).max()),
        "growth": float(np.median(growth)),
        "exploding": float((growth > 1).mean()),
    }


def _slope(unit: str, y: Array) -> Array:
    """f′ by y = f(v), written out for itself: 1 − y² of tanh, y(1 − y) of the logistic function."""
    found: Array = 1 - np.square(y) if unit == "tanh" else y * (1 - y)
    return found


def _deep(settings: Values, seed: int) -> dict[str, list[list[float]]]:
    """Of each f, factor of σ = 1/√m and depth: mean |δ| of the first layer over that of the last, before training."""
    return {
        unit: [
            [_ratio(settings, unit, factor, depth, seed) for depth in settings["depths"]]
            for factor in settings["factors"]
        ]
        for unit in settings["chain_units"]
    }


def _ratio(settings: Values, unit: str, factor: float, depth: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    sizes = (settings["inputs"], *[settings["units"]] * depth, settings["outputs"])
    architecture = Architecture(sizes, (*[unit] * depth, "identity"), "squared_error")
    weights = initialize(sizes, "fan_in", rng, np.dtype(float))
    for w in weights:
        w *= factor
    rows = settings["examples"]
    x, d = with_ones(rng.standard_normal((rows, sizes[0])), np.dtype(float)), rng.standard_normal((rows, sizes[-1]))
    deltas = probed(architecture, weights, x, d, None).deltas
    return float(np.abs(deltas[0]).mean() / np.abs(deltas[-1]).mean())


def _trained(settings: Values, seed: int) -> list[float]:
    """The training loss after the last epoch, of each depth."""
    rows = digits(settings["rows"], seed).train
    x = center(rows.X).apply(rows.X, np.dtype(np.float32))
    optimizer, found = Optimizer(learning_rate=settings["learning_rate"], batch_size=settings["batch_size"]), []
    for depth in settings["trained_depths"]:
        sizes = (x.shape[1], *[settings["trained_units"]] * depth, 10)
        architecture = Architecture(sizes, (*[settings["trained_activation"]] * depth, "softmax"), "cross_entropy")
        weights = initialize(sizes, "fan_in", np.random.default_rng(seed), x.dtype)
        network = BareNetwork(architecture, weights, x, one_hot(rows.y, 10, (0, 1), x.dtype), optimizer, seed)
        for _ in range(settings["epochs"]):
            network.epoch()
        found.append(network.measured()[0])
    return found


def judge(settings: Values, results: Results) -> Judgment:
    """The identity and vanishing are essential; then exploding wherever weights are large, and slow deep networks."""
    off = max(one["off"] for seed in results["chain"] for unit in seed.values() for one in unit)
    level, deepest = settings["level"], _deepest(settings, results)
    ones = [1.0] * len(results["deep"])
    small = [exceeds(ones, found, 1 / settings["vanished"], level) for (_, f), found in deepest.items() if f < 1]
    large = [exceeds(found, ones, settings["exploded"], level) for (_, f), found in deepest.items() if f > 1]
    shallow, deep = ([seed[place] for seed in results["trained"]] for place in (0, -1))
    essential = {
        "∂y/∂w₄ is the product": off <= settings["identity"],
        "vanishes with weights below 1/√m": all(small),
        "explodes with some weights": any(large),
    }
    held = {
        "explodes with all larger weights": all(large),
        "the deepest network learns more slowly": smaller(shallow, deep) <= level,
    }
    return by_parts(essential | held, essential, _numbers(settings, results, off, (shallow, deep)))


def _deepest(settings: Values, results: Results) -> dict[tuple[str, float], list[float]]:
    """Mean |δ| of the first layer over the last's at the greatest depth, by f and factor of σ, and by seed."""
    return {
        (unit, factor): [seed[unit][place][-1] for seed in results["deep"]]
        for unit in settings["chain_units"]
        for place, factor in enumerate(settings["factors"])
    }


def _numbers(settings: Values, results: Results, off: float, losses: tuple[list[float], list[float]]) -> str:
    deepest, units = _deepest(settings, results), settings["chain_units"]
    ratios = "; ".join(
        f"{unit} {', '.join(f'{median(deepest[unit, factor]):.2g}' for factor in settings['factors'])}"
        for unit in units
    )
    shares = ", ".join(
        f"{unit} {100 * median([seed[unit][-1]['exploding'] for seed in results['chain']]):.0f} %" for unit in units
    )
    return (
        f"Through {settings['depths'][-1]} layers mean |δ| changes by the factors, for σ√m = "
        f"{', '.join(f'{factor:g}' for factor in settings['factors'])}: {ratios}. In the chain the engine's ∂y/∂w₄ "
        f"differs from the product by {off:.1e} at most; with weights of σ = {settings['chain_sigmas'][-1]:g} the "
        f"gradient grows towards the input in {shares} of the chains. With {settings['trained_depths'][0]} and "
        f"{settings['trained_depths'][-1]} hidden layers of {settings['trained_activation']} units the training loss "
        f"ends at {median(losses[0]):.3g} and {median(losses[1]):.3g}."
    )


def draw(settings: Values, results: Results) -> str:
    """First over last local gradient by depth for each f and σ; the training loss by depth."""
    units = settings["chain_units"]
    with style.drawing(style.NARROW, (len(units) + 1) * style.HIGH, down=len(units) + 1) as ((*panels, last), result):
        for axes, unit in zip(panels, units, strict=True):
            for number, factor in enumerate(settings["factors"]):
                curves = [seed[unit][number] for seed in results["deep"]]
                color, stroke = style.color(number), style.stroke(number)
                style.band(axes, settings["depths"], curves, color, f"σ√m = {factor:g}", stroke=stroke)
            axes.set_yscale("log")
            axes.set(xlabel="hidden layers", title=f"|δ| first/last, {unit}")
            axes.set_ylim(*_limits(results))
        panels[-1].legend(loc="best")
        style.band(last, settings["trained_depths"], results["trained"], style.color(4), "loss")
        last.set(xlabel="hidden layers", title=f"training loss, epoch {settings['epochs']}")
    return result[0]


def _limits(results: Results) -> tuple[float, float]:
    """Of both units' ratios, with a little room."""
    ratios = [ratio for seed in results["deep"] for unit in seed.values() for curve in unit for ratio in curve]
    return min(ratios) / 10, 10 * max(ratios)


CLAIM = Claim(
    name="unstable_gradients",
    number="10",
    title="Products of many factors make gradients vanish or explode",
    question="Is the gradient of the first weight of a chain the product of all weights and slopes behind it, and "
    "does it vanish or explode in deep networks?",
    section="4",
    formula="y = f(w₁ f(w₂ f(w₃ f(w₄ x)))), ∂y/∂w₄ = x · w₁ w₂ w₃ · Πf′: below 1 in size the factors make it vanish, "
    "“otherwise we have exploding gradient”.",
    method="Chains with normal weights and inputs, in double precision: the engine's ∂y/∂w₄ against the product, "
    "written out for itself. Untrained deep networks whose weights have several multiples of σ = 1/√m: mean |δ| of "
    "the first layer over that of the last. Networks of growing depth learn digits. Confirmed if the identity "
    "holds, smaller weights make it vanish, all larger ones explode (Wilcoxon's test over the seeds, at the "
    "greatest depth), and the deepest network learns more slowly; within limits if the identity holds and both "
    "vanishing and exploding are met.",
    keys={
        "seeds": list_of(whole),
        **dict.fromkeys(("chains", "units", "inputs", "outputs", "examples", "trained_units", "rows"), whole),
        **dict.fromkeys(("epochs", "batch_size"), whole),
        **dict.fromkeys(("chain_sigmas", "factors"), list_of(finite)),
        **dict.fromkeys(("depths", "trained_depths"), list_of(whole)),
        "chain_units": texts,
        "trained_activation": text,
        **dict.fromkeys(("learning_rate", "level", "identity", "vanished", "exploded"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
