"""Claim 19: momentum speeds up, too much of it overshoots, and 1 − μ is the friction (notes §6)."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import run
from pipeline.claims.valley import descent, friction
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray


def measure(settings: Values) -> Results:
    """The valley for each μ, how far the engine is from the formula of friction, and epochs on images for each μ, η."""
    valleys = {str(mu): descent(settings, mu) for mu in settings["valley_momenta"]}
    pairs = [(mu, rate) for mu in settings["momenta"] for rate in settings["rates"]]
    calls = [partial(_loss, settings, *pair, seed) for pair in pairs for seed in settings["seeds"]]
    curves, count = iter(side_by_side(calls)), len(settings["seeds"])
    images = {_named(*pair): [next(curves) for _ in range(count)] for pair in pairs}
    return {"valley": valleys, "friction": friction(settings), "images": images}


def _named(momentum: float, rate: float) -> str:
    return f"momentum={momentum:g} learning_rate={rate:g}"


def _loss(settings: Values, momentum: float, rate: float, seed: int) -> list[float]:
    """The training loss after each epoch; it ends where the one wanted is reached, or with divergence."""
    rule = {"optimizer.name": "momentum", "optimizer.momentum": momentum, "optimizer.learning_rate": rate}
    on, values = digits(settings["rows"], seed), {**settings["training"], **rule}
    curves = run(values, on, seed, settings["epochs"], until=settings["loss"]).curves
    return [value for value in curves["train/loss"] if np.isfinite(value)]


def epochs_to(settings: Values, curve: Sequence[float]) -> int:
    """The first epoch with the loss wanted; one more than all of them if none has it, as where it diverges."""
    reached = (epoch for epoch, value in enumerate(curve, 1) if value <= settings["loss"])
    return next(reached, settings["epochs"] + 1)


def _epochs(settings: Values, results: Results, momentum: float, rate: float) -> Array:
    return np.array([epochs_to(settings, curve) for curve in results["images"][_named(momentum, rate)]])


def _fastest(settings: Values, results: Results, momentum: float) -> tuple[float, Array]:
    """The η with the fewest epochs on average, and its epochs (seeds,)."""
    found = [(rate, _epochs(settings, results, momentum, rate)) for rate in settings["rates"]]
    return min(found, key=lambda pair: float(pair[1].mean()))


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: faster in valley and on images, at one η and each at its own; too much overshoots; exact friction.

    Within limits: all that but a gain on images where each μ has the η that is fastest for it.
    """
    mu, much, rate, level = (settings[name] for name in ("judged", "too_large", "judged_rate", "level"))
    valley = results["valley"]
    ratio = valley["0.0"]["steps"] / valley[str(mu)]["steps"]
    overshoots = max(valley[str(much)]["beyond"]) > max(valley["0.0"]["beyond"])
    overshoots = overshoots and valley[str(much)]["steps"] > valley[str(mu)]["steps"]
    off = max(results["friction"].values())
    same = [_epochs(settings, results, momentum, rate) for momentum in (mu, 0.0)]
    own = [_fastest(settings, results, momentum) for momentum in (mu, 0.0)]
    p, tuned = smaller(*same), smaller(own[0][1], own[1][1])
    holds = ratio >= settings["speedup"] and overshoots and off <= settings["exact"] and p < level
    steps = {name: found["steps"] for name, found in valley.items()}
    told = (
        f"μ = {mu:g} takes {steps[str(mu)]} steps in the valley where descent takes {steps['0.0']}; on images "
        f"{same[0].mean():.1f} epochs instead of {same[1].mean():.1f} at η = {rate:g}, and {own[0][1].mean():.1f} "
        f"instead of {own[1][1].mean():.1f} with η = {own[0][0]:g} and {own[1][0]:g}, which are fastest for each "
        f"(p = {p:.2g} and {tuned:.2g}). μ = {much:g} takes {steps[str(much)]} steps in the valley, and goes beyond "
        f"the minimum by {max(valley[str(much)]['beyond']):.0%} of the way. Friction is off its formula by {off:.1g}."
    )
    return graded(holds and tuned < level, holds, told)


def draw(settings: Values, results: Results) -> str:
    """The paths in the valley, and the epochs on images by η for each μ."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, momentum in enumerate(settings["valley_momenta"]):
            path = np.array(results["valley"][str(momentum)]["path"])
            line = {"color": style.color(number), "linestyle": style.stroke(number)}
            left.plot(path[:, 1], label=f"μ = {momentum:g}", **line)
        left.axhline(0, color=style.SOFT, linewidth=0.8)
        left.set(title="along the valley's floor", xlabel="step", ylabel="distance from the minimum")
        _by_rate(right, settings, results)
        left.legend()
    return svg[0]


def _by_rate(axes: Axes, settings: Values, results: Results) -> None:
    for number, momentum in enumerate(settings["momenta"]):
        epochs = np.array([_epochs(settings, results, momentum, rate) for rate in settings["rates"]]).T
        place = settings["valley_momenta"].index(momentum) if momentum in settings["valley_momenta"] else number
        look = style.color(place), f"μ = {momentum:g}"
        style.band(axes, settings["rates"], epochs, *look, stroke=style.stroke(place))
    axes.set_xscale("log")
    axes.set_xticks(settings["rates"], [f"{rate:g}" for rate in settings["rates"]])
    axes.minorticks_off()
    axes.axhline(settings["epochs"] + 1, color=style.SOFT, linewidth=0.8)
    axes.set(title=f"images: to a loss of {settings['loss']:g}", xlabel="η", ylabel="epochs (line: never)", ylim=0)


CLAIM = Claim(
    name="friction",
    number="19",
    title="Momentum speeds up, too much of it overshoots, and 1 − μ is the friction",
    question="By how many steps is momentum faster, when does it go beyond the minimum, and is 1 − μ the share of "
    "the speed that each step loses?",
    section="6",
    formula="v ← μv − η ∇E(w), w ← w + v. Pushed by a constant slope g, v tends to −ηg / (1 − μ); on flat ground "
    "it loses the share 1 − μ a step.",
    method="In a valley E = ½ (λ₁ w₁² + λ₂ w₂²), made of two inputs of a linear unit, the compiled engine "
    "descends with several μ at one η. The formula of friction is held against the velocity of the "
    "engine's rule. Networks are trained on MNIST images with each μ and several η until the training "
    "loss is down. Confirmed if μ = 0.9 is faster in the valley by the stated ratio and on images by "
    "one-sided Wilcoxon signed-rank tests over the seeds, both at the same η and each μ at the η that is "
    "fastest for it (for momentum also multiplies the length of steps by 1 / (1 − μ)), if the largest μ "
    "goes beyond the minimum and takes longer again, and if the friction is exact; within limits if only "
    "the gain at each one's own η is missing.",
    keys={
        "curvatures": list_of(finite, 2),
        "valley_rate": finite,
        "valley_steps": whole,
        "valley_momenta": list_of(finite),
        "flat": finite,
        "friction_steps": whole,
        "seeds": list_of(whole),
        "rows": whole,
        "epochs": whole,
        "momenta": list_of(finite),
        "rates": list_of(finite),
        "training": mapping,
        "judged": finite,
        "too_large": finite,
        "judged_rate": finite,
        "loss": finite,
        "speedup": finite,
        "exact": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
