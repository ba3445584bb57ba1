"""Claim 4: which examples to show, the hardest or the most different ones, and what one outlier does to it."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import ratio, smaller
from pipeline.claims.material import Material, digits
from pipeline.claims.trained import passes_to, run
from pipeline.fields import finite, list_of, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.examples import show
from pipeline.training.metrics import loss_values
from pipeline.training.model import Model

ORDERS = ("uniform", "largest_error", "most_different")
AGAINST, HARDEST = ORDERS[:2]
OUTLIER = ", one outlier"


def measure(settings: Values) -> Results:
    """Of each order, with an outlier too: losses by pass, passes to the target, held-out error and loss at the end."""
    found: Results = {}
    for order in ORDERS:
        for outlier in (False, True):
            calls = [partial(_trained, settings, order, outlier, seed) for seed in settings["seeds"]]
            several = side_by_side(calls)
            found[order + OUTLIER * outlier] = {name: [one[name] for one in several] for name in several[0]}
    return found


def _trained(settings: Values, order: str, outlier: bool, seed: int) -> dict[str, Any]:
    values = {
        "network.hidden": tuple(settings["hidden"]),
        "optimizer.learning_rate": settings["rate"],
        "optimizer.batch_size": 1,
        "sampling.name": order,
    }
    on = digits(settings["rows"], seed, settings["held_out"])
    on = with_outlier(on) if outlier else on
    trained = run(values, on, seed, settings["epochs"])
    losses = trained.curves["train/loss"]
    model = trained.outcome.last
    assert model is not None
    return {
        "losses": [round(loss, 5) for loss in losses],
        "passes": min(passes_to(losses, settings["target"]), float(settings["epochs"])),
        "error": trained.curves["validation/error"][-1],
        "loss": trained.curves["validation/loss"][-1],
        "shown": shown_next(model, on) if order == HARDEST else 1.0,
    }


def with_outlier(on: Material) -> Material:
    """The last row becomes a copy of the first, labeled as the next class: no network can have both right."""
    X, y = on.train.X.copy(), on.train.y.copy()
    X[-1], y[-1] = X[0], (y[0] + 1) % len(on.schema.classes)
    return on._replace(train=replace(on.train, X=X, y=y))


def shown_next(model: Model, on: Material) -> float:
    """How often the next pass by the largest error would show the last row: N (1/2 · 1/N + 1/2 · E_i / Σ E)."""
    losses = loss_values(model.architecture, model.readout(on.train.X), show(model, on.train).d)
    return float(0.5 + 0.5 * len(losses) * losses[-1] / losses.sum())


def judge(settings: Values, results: Results) -> Judgment:
    """Each selection against uniform order; what an outlier spoils more than it does there limits the verdict."""
    level, said, helps = settings["level"], [], []
    for order in ORDERS[1:]:
        ones, others = results[order]["passes"], results[AGAINST]["passes"]
        gain, p = ratio(others, ones), smaller(ones, others)
        helps.append(gain[0] >= settings["worth"] and p < level / 2)
        said.append(
            f"{order} needs {np.mean(ones):.3g} passes: uniform order {gain[0]:.2f} times as many (95 % interval "
            f"{gain[1]:.2f} to {gain[2]:.2f}, p = {p:.2g})"
        )
    harm, usual = harms(results, HARDEST), harms(results, AGAINST)
    p = smaller(usual, harm)
    shown = np.mean(results[HARDEST + OUTLIER]["shown"])
    numbers = (
        f"To the target {'; '.join(said)}. One outlier is shown {shown:.3g} times a pass by the largest error, where "
        f"uniform order shows it once; it changes the held-out loss by {np.mean(harm):+.4f}, in uniform order by "
        f"{np.mean(usual):+.4f} (p = {p:.2g})."
    )
    return graded(all(helps) and p >= level, any(helps), numbers)


def harms(results: Results, order: str) -> list[float]:
    """By how much the held-out loss is higher with the outlier, by seed."""
    return [float(one) for one in np.subtract(results[order + OUTLIER]["loss"], results[order]["loss"])]


def draw(settings: Values, results: Results) -> str:
    """Training losses by pass, and held-out errors at the end with and without the outlier."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (name, found) in enumerate(results.items()):
            color = style.color(number // 2)
            if number % 2 == 0:
                curves = np.array(found["losses"])
                passes = range(1, curves.shape[1] + 1)
                style.band(left, passes, curves, color, name, "standard error", style.stroke(number // 2))
            places = number + np.linspace(-0.2, 0.2, len(found["error"]))
            filled = color if number % 2 == 0 else "none"
            right.plot(places, found["error"], style.marker(number // 2), color=color, markerfacecolor=filled, ms=4)
        left.axhline(settings["target"], color=style.SOFT, linewidth=0.8)
        left.set(xlabel="passes", ylabel="training loss", title="mean over the seeds")
        right.set(ylabel="held-out error at the end", title="hollow: with one outlier")
        right.set_xticks([0.5, 2.5, 4.5], ["uniform", "largest\nerror", "most\ndifferent"])
        style.percent(right.yaxis)
        style.whole(left.xaxis)
        style.logarithmic(left)
        left.legend()
    return svg[0]


CLAIM = Claim(
    name="choosing_examples",
    number="4",
    title="Examples with the largest error, or the most different ones",
    question="Does a network learn in fewer passes where the hardest examples come more often, or each next one is as "
    "different as can be from those before; and what does one outlier do to it?",
    section="4",
    formula="Use an example that results in the largest training error, or one that is radically different than all "
    "those previously used. Here p_i = 1/2 · 1/N + 1/2 · E_i / Σ E, and farthest-first order.",
    method="Open MNIST images, 784-30-10, online. Passes to a training loss, each pass as many examples; Wilcoxon's "
    "signed-rank test over the seeds against uniform order. Then the same with one row that is a copy of another with "
    "a wrong label; what it adds to the loss of held-out rows is compared with what it adds in uniform order.",
    keys={
        "rows": whole,
        "held_out": whole,
        "hidden": list_of(whole),
        "rate": finite,
        "epochs": whole,
        "target": finite,
        "seeds": list_of(whole),
        "worth": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
