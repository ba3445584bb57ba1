"""Claim 3: online learning keeps bouncing around a minimum, unless its learning rate decreases."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import ratio, smaller
from pipeline.claims.material import Material, numbers
from pipeline.claims.trained import run
from pipeline.fields import finite, list_of, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

CONSTANT, DECREASING, BATCH = "online, constant η", "online, decreasing η", "batch"


def measure(settings: Values) -> Results:
    """The training loss after each pass, (seeds, epochs), of each way."""
    ways: dict[str, dict[str, Any]] = {
        CONSTANT: {"optimizer.batch_size": 1},
        DECREASING: {
            "optimizer.batch_size": 1,
            "schedule.name": "inverse_time",
            "schedule.decay": settings["decay"],
        },
        BATCH: {"optimizer.batch_size": 0},
    }
    return {
        name: side_by_side([partial(_losses, settings, values, seed) for seed in settings["seeds"]])
        for name, values in ways.items()
    }


def _losses(settings: Values, values: dict[str, Any], seed: int) -> list[float]:
    usual = {
        "network.hidden": tuple(settings["hidden"]),
        "network.dtype": "float64",
        "optimizer.learning_rate": settings["rate"],
    }
    return run(usual | values, noisy_sine(settings["rows"], settings["noise"], seed), seed, settings["epochs"]).curves[
        "train/loss"
    ]


def noisy_sine(rows: int, noise: float, seed: int) -> Material:
    """x uniform in −1 … 1, y = sin πx + noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (rows, 1))
    return numbers(x, np.sin(np.pi * x[:, 0]) + noise * rng.standard_normal(rows))


def bounce(losses: list[list[float]], quarter: int) -> list[float]:
    """Mean |E_t − E_{t−1}| over that quarter of the passes, from 0, by seed."""
    curves = np.asarray(losses)
    length = curves.shape[1] // 4
    steps = np.abs(np.diff(curves, axis=1))[:, quarter * length : (quarter + 1) * length]
    return [float(one) for one in np.maximum(steps.mean(axis=1), 1e-300)]


def judge(settings: Values, results: Results) -> Judgment:
    """Far more than with a decreasing rate, and no less than before."""
    steady, falling = (bounce(results[name], 3) for name in (CONSTANT, DECREASING))
    farther, lasting = ratio(steady, falling), ratio(steady, bounce(results[CONSTANT], 2))
    p = smaller(falling, steady)
    above = [np.mean([one[-len(one) // 4 :] for one in results[name]]) for name in (CONSTANT, DECREASING, BATCH)]
    said = (
        f"In the last quarter E changes by {np.mean(steady):.2g} from pass to pass with a constant η and by "
        f"{np.mean(falling):.2g} with a decreasing one: {farther[0]:.3g} times as much (95 % interval {farther[1]:.3g} "
        f"to {farther[2]:.3g}, p = {p:.2g}), and {lasting[0]:.2f} times as much as in the quarter before. E is "
        f"{above[0]:.4f} on average, with a decreasing η {above[1]:.4f}, in batches {above[2]:.4f}."
    )
    held = farther[1] >= settings["calmer"] and lasting[0] >= settings["lasting"]
    return graded(held, p < settings["level"], said)


def draw(settings: Values, results: Results) -> str:
    """The losses by pass, all seeds; and the last quarter of the first seed."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (name, losses) in enumerate(results.items()):
            color, stroke = style.color(number), style.stroke(number)
            curves, epochs = np.asarray(losses), np.arange(1, len(losses[0]) + 1)
            some = np.unique(np.geomspace(1, len(epochs), 60).astype(int)) - 1
            style.band(left, epochs[some], curves[:, some], color, name, "standard error", stroke)
            last = slice(3 * len(epochs) // 4, None)
            right.plot(epochs[last], curves[0, last], color=color, linestyle=stroke, linewidth=1)
        left.set(xlabel="passes", ylabel="training loss", xscale="log", title="mean over the seeds")
        right.set(xlabel="passes", ylabel="training loss", title="the first seed, last quarter")
        left.legend()
    return svg[0]


CLAIM = Claim(
    name="bouncing",
    number="3",
    title="Online learning bounces around a minimum unless η decreases",
    question="Does the error come to rest, pass by pass, with a constant learning rate, and with one that decreases?",
    section="4",
    formula="W ← W + η δ [1 y]ᵀ after each pattern: you typically keep bouncing around a local minimum unless the "
    "learning rate is reduced.",
    method="Samples of sin πx with noise, so that no weights fit them all and each pattern pulls elsewhere, 1-5-1 of "
    "1.7159 tanh(2v/3), float64. How far the loss of all rows moves from the end of one pass to the next, in the last "
    "quarter of the passes, with a constant η and with η/(1 + decay · t); Wilcoxon's signed-rank test over the seeds.",
    keys={
        "rows": whole,
        "noise": finite,
        "hidden": list_of(whole),
        "rate": finite,
        "decay": finite,
        "epochs": whole,
        "seeds": list_of(whole),
        "calmer": finite,
        "lasting": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
