"""Claim 17: dropout narrows the gap, and makes the network robust to loss of neurons (notes §6)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import last_model
from pipeline.feed.rows import Rows
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.metrics import score
from pipeline.training.model import Model

Array = np.ndarray


def measure(settings: Values) -> Results:
    """For each share of dropout and each seed: errors and losses, and the error after units are removed for good."""
    return {
        str(rate): side_by_side([partial(_one, settings, rate, seed) for seed in settings["seeds"]])
        for rate in settings["dropout"]
    }


def _one(settings: Values, rate: float, seed: int) -> dict[str, Any]:
    on = digits(settings["rows"], seed, settings["held_out_rows"])
    assert on.held_out is not None
    model = last_model({**settings["training"], "regularizer.dropout": rate}, on, seed, settings["epochs"])
    scores = {"train": score(model, on.train.X, on.train.y), "validation": score(model, on.held_out.X, on.held_out.y)}
    last = {f"{part}/{metric}": scores[part][metric] for part in scores for metric in ("error", "loss")}
    return {**last, "removed": _removed(settings, model, on.held_out, seed)}


def _removed(settings: Values, model: Model, held_out: Rows, seed: int) -> list[float]:
    """The held-out error for each share of removed units, on average over draws of them, without any rescaling."""
    rng, last, errors = np.random.default_rng((559, seed)), model.weights[-1].copy(order="K"), []
    for share in settings["removed"]:
        count, drawn = round(share * (last.shape[1] - 1)), []
        for _ in range(settings["draws"] if share else 1):
            lost = rng.permutation(last.shape[1] - 1)[:count]
            model.weights[-1][:, 1 + lost] = 0  # y_j = 0 and w_kj = 0 are one to what comes after
            drawn.append(score(model, held_out.X, held_out.y)["error"])
            model.weights[-1][...] = last
        errors.append(float(np.mean(drawn)))
    return errors


def _gap(runs: Sequence[dict[str, float]], metric: str) -> Array:
    """(seeds,) held-out less training."""
    return np.array([run[f"validation/{metric}"] - run[f"train/{metric}"] for run in runs])


def _harm(settings: Values, runs: Sequence[dict[str, Any]]) -> Array:
    """(seeds,) by how much the error grows when the judged share of units is removed."""
    place = settings["removed"].index(settings["lost"])
    return np.array([run["removed"][place] - run["removed"][0] for run in runs])


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: both gaps narrower and the loss of units does less harm; within limits if one of the two holds."""
    without, dropped, level = results["0.0"], results[str(settings["judged"])], settings["level"] / 3
    gaps = {metric: (_gap(dropped, metric), _gap(without, metric)) for metric in ("error", "loss")}
    harms = _harm(settings, dropped), _harm(settings, without)
    narrow = {metric: smaller(*pair) for metric, pair in gaps.items()}
    robust, gap = smaller(*harms), all(p < level for p in narrow.values())
    errors = [np.mean([run["validation/error"] for run in runs]) for runs in (dropped, without)]
    told = (
        f"With dropout {settings['judged']:g} the gap of errors is {gaps['error'][0].mean():.2%} instead of "
        f"{gaps['error'][1].mean():.2%}, and losing {settings['lost']:.0%} of the units adds {harms[0].mean():.2%} "
        f"instead of {harms[1].mean():.2%} (p = {narrow['error']:.2g} and {robust:.2g}). The gap of losses is "
        f"{gaps['loss'][0].mean():.3f} instead of {gaps['loss'][1].mean():.3f} (p = {narrow['loss']:.2g}), the "
        f"held-out error {errors[0]:.2%} instead of {errors[1]:.2%}."
    )
    return graded(gap and robust < level, gap or robust < level, told)


def draw(settings: Values, results: Results) -> str:
    """Training and held-out errors, and the error by the share of units that are removed, for each dropout."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (part, label) in enumerate((("train", "training rows"), ("validation", "held-out rows"))):
            values = np.array([[run[f"{part}/error"] for run in results[str(rate)]] for rate in settings["dropout"]]).T
            style.band(
                left, range(len(settings["dropout"])), values, style.color(number), label, stroke=style.stroke(number)
            )
        for number, rate in enumerate(settings["dropout"]):
            values = np.array([run["removed"] for run in results[str(rate)]])
            place = style.color(2 + number)
            style.band(right, settings["removed"], values, place, f"dropout {rate:g}", stroke=style.stroke(number))
        left.set_xticks(range(len(settings["dropout"])), [f"{rate:g}" for rate in settings["dropout"]])
        left.set(title="the gap", xlabel="dropout", ylabel="error", ylim=0)
        right.set(title="after units are removed", xlabel="hidden units removed", ylabel="held-out error", ylim=0)
        for axis in (left.yaxis, right.xaxis, right.yaxis):
            style.percent(axis)
        left.legend(loc="center right")
        right.legend(loc="upper left")
    return svg[0]


CLAIM = Claim(
    name="lost_units",
    number="17",
    title="Dropout narrows the gap, and makes the network robust to loss of neurons",
    question="Is the distance between training and held-out error smaller with dropout, and does the network bear "
    "it better when hidden units are removed after training?",
    section="6",
    formula="At each step, remove randomly half the neurons in the hidden layers; y_j ← y_j · m_j / (1 − p), m_j "
    "= 0 with probability p (the notes leave out the factor, without which the next layer would get less "
    "than in use).",
    method="Networks of one hidden layer are trained on MNIST images with several shares of dropout, everything "
    "else equal, for equally many epochs. Then hidden units are removed for good, drawn by chance several"
    " times, and nothing is rescaled. One-sided Wilcoxon signed-rank tests over the seeds: confirmed if "
    "the gaps (held-out less training) of error and of loss are both smaller with dropout, and removing "
    "units adds less error; within limits if only the gaps or only the robustness hold.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "held_out_rows": whole,
        "epochs": whole,
        "dropout": list_of(finite),
        "removed": list_of(finite),
        "draws": whole,
        "training": mapping,
        "judged": finite,
        "lost": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
