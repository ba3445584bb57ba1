"""Claim 3c: batch descent never goes up, if its learning rate is small enough."""

import itertools
from functools import partial

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.material import digits
from pipeline.claims.trained import run
from pipeline.fields import finite, list_of, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side


def measure(settings: Values) -> Results:
    """E after each step, (seeds, epochs), by η."""
    return {
        f"{rate:g}": side_by_side([partial(_losses, settings, rate, seed) for seed in settings["seeds"]])
        for rate in settings["rates"]
    }


def _losses(settings: Values, rate: float, seed: int) -> list[float]:
    values = {
        "network.hidden": tuple(settings["hidden"]),
        "network.loss": "squared_error",
        "network.output": "lecun_tanh",
        "network.dtype": "float64",
        "optimizer.learning_rate": rate,
        "optimizer.batch_size": 0,
    }
    return run(values, digits(settings["rows"], seed), seed, settings["epochs"]).curves["train/loss"]


def rises(settings: Values, losses: list[list[float]]) -> float:
    """Share of the steps, of all seeds, after which E is higher than before."""
    steps = [step for one in losses for step in itertools.pairwise(one)]
    up = [after / before - 1 > float(settings["rounding"]) for before, after in steps]
    return sum(up) / len(up)


def judge(settings: Values, results: Results) -> Judgment:
    """No step at the smallest η goes up; some do at a larger one, so that this says something."""
    shares = {rate: rises(settings, losses) for rate, losses in results.items()}
    smallest, *larger = shares.values()
    falls = [one[-1] / one[0] for one in next(iter(results.values()))]
    steps = sum(len(one) - 1 for one in next(iter(results.values())))
    said = (
        f"At η = {next(iter(shares))} {100 * smallest:.3g} % of {steps} steps go up, and E falls to "
        f"{100 * np.mean(falls):.2g} % of what it was. At the others: "
        f"{', '.join(f'{100 * share:.3g} % (η = {rate})' for rate, share in list(shares.items())[1:])}."
    )
    return graded(smallest == 0 and any(larger), smallest <= settings["rare"], said)


def draw(settings: Values, results: Results) -> str:
    """E of the first seed by η, and the share of the steps that go up."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (rate, losses) in enumerate(results.items()):
            color, stroke = style.color(number), style.stroke(number)
            left.plot(
                range(1, len(losses[0]) + 1), losses[0], color=color, linestyle=stroke, lw=1.1, label=f"η = {rate}"
            )
            right.plot(number, rises(settings, losses), style.marker(number), color=color, ms=6)
        left.set(xlabel="steps", ylabel="E = ½ ‖d − y‖², averaged", title="the first seed")
        right.set(xlabel="η", ylabel="steps that go up", title="all seeds")
        right.set_xticks(range(len(results)), list(results))
        style.percent(right.yaxis)
        style.logarithmic(left)
        left.set_ylim(top=150)
        left.legend(fontsize=7.5, ncols=3, loc="upper right")
    return svg[0]


CLAIM = Claim(
    name="descending",
    number="3c",
    title="Batch descent with a small enough rate never goes up",
    question="Is there a learning rate at which no step of batch descent raises E, and how large may it be?",
    section="4",
    formula="W ← W − η ∂E/∂W with E over all patterns: for batch learning, one can easily guarantee convergence to a "
    "local minimum under simple conditions.",
    method="Open MNIST images, 784-20-10 of 1.7159 tanh(2v/3) under the squared error, in float64, E over all rows "
    "after each step, for several η and seeds. Theory guarantees a fall where η is below 2 over E's largest curvature "
    "along the way. One step that goes up at the smallest η refutes the claim; that some go up at a larger one shows "
    "that the condition is needed. No chance is in it, so no test of significance is needed.",
    keys={
        "rows": whole,
        "hidden": list_of(whole),
        "rates": list_of(finite),
        "epochs": whole,
        "seeds": list_of(whole),
        "rounding": finite,
        "rare": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
