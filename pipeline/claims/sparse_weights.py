"""Claim 16b: L1 makes weights sparse, by the notes' subgradient step or by the proximal one (notes §6)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.material import digits
from pipeline.claims.trained import last_model
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.nn.regularizers import L1_STEPS
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.metrics import score

Array = np.ndarray
SHARES = ("near", "zero")


def measure(settings: Values) -> Results:
    """For each step, λ and seed: the shares of weights at 0 and near it, and the held-out error."""
    return {
        step: {
            f"{strength:g}": side_by_side([partial(_one, settings, step, strength, seed) for seed in settings["seeds"]])
            for strength in settings["l1"]
        }
        for step in L1_STEPS
    }


def _one(settings: Values, step: str, strength: float, seed: int) -> dict[str, float]:
    on = digits(settings["rows"], seed, settings["held_out_rows"])
    values = {**settings["training"], "regularizer.l1": strength, "regularizer.l1_step": step}
    assert on.held_out is not None
    model = last_model(values, on, seed, settings["epochs"])
    weights = np.concatenate([w[:, 1:].ravel() for w in model.weights])
    return {
        "zero": float(np.mean(weights == 0)),
        "near": float(np.mean(np.abs(weights) < settings["near"])),
        "error": score(model, on.held_out.X, on.held_out.y)["error"],
    }


def _over_seeds(results: Results, step: str, strength: float, name: str) -> Array:
    return np.array([one[name] for one in results[step][f"{strength:g}"]])


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: both steps leave the stated share of weights at exactly 0, for each seed; within limits: one does."""
    found = {
        step: {name: _over_seeds(results, step, settings["judged"], name) for name in (*SHARES, "error")}
        for step in L1_STEPS
    }
    sparse = [bool(np.all(own["zero"] >= settings["sparse"])) for own in found.values()]
    zeros = ", ".join(f"{own['zero'].mean():.2%} by the {step} step" for step, own in found.items())
    told = "; ".join(
        f"by the {step} step {own['zero'].min():.2%} to {own['zero'].max():.2%} are 0, {own['near'].mean():.2%} within "
        f"{settings['near']:g} of it, and the held-out error is {own['error'].mean():.2%}"
        for step, own in found.items()
    )
    return graded(
        all(sparse), any(sparse), f"Exactly 0 are, with λ = {settings['judged']:g}, {zeros}. Over the seeds {told}."
    )


def draw(settings: Values, results: Results) -> str:
    """Bars of the shares of weights at 0 and near it, for each λ and step, with the range over the seeds."""
    bars = [(step, strength) for strength in settings["l1"] for step in L1_STEPS]
    with style.drawing(style.NARROW + 1) as ((axes,), svg):
        for number, (name, label) in enumerate(zip(SHARES, (f"|w| < {settings['near']:g}", "w = 0"), strict=True)):
            values = np.array([_over_seeds(results, *bar, name) for bar in bars])
            middle, places = values.mean(axis=1), np.arange(len(bars)) + 0.4 * number - 0.2
            ends = np.abs([values.min(axis=1) - middle, values.max(axis=1) - middle])
            look: dict[str, Any] = {"color": style.color(number), "label": label, "error_kw": {"ecolor": style.SOFT}}
            axes.bar(places, middle, width=0.36, yerr=ends, hatch="//" * number, edgecolor=style.PAPER, **look)
        axes.axhline(settings["sparse"], color=style.SOFT, linewidth=0.8)
        axes.set_xticks(range(len(bars)), [f"{step}\nλ = {strength:g}" for step, strength in bars])
        axes.set(title="weights made 0 by L1; line: sparse", ylabel="share of the weights", ylim=0)
        axes.legend(loc="upper left")
        style.percent(axes.yaxis)
    return svg[0]


CLAIM = Claim(
    name="sparse_weights",
    number="16b",
    title="L1 makes weights sparse",
    question="How many weights does L1 make exactly 0, by the notes' step and by the proximal one?",
    section="6",
    formula="w ← w − ηλ sgn(w) − η ∇E(w) for λ ‖w‖₁ (the notes print it without this η: [decision "
    "3](../../docs/decisions/0003-the-l1-step-has-the-learning-rate.md)); the proximal step is taken "
    "after that of E, w ← sgn(w) max(0, |w| − ηλ), and ends at 0 what the other would carry across.",
    method="Networks are trained on MNIST images with two λ and both steps, everything else equal, and their "
    "weights, biases apart, are counted. Confirmed if both steps leave at least the stated share of the "
    "weights at exactly 0 for every seed; within limits if one of them does. It is a count, so no test of"
    " chance is needed beyond every seed's agreeing. In a first run this and claim 16 were one, which was"
    " not confirmed for this part; then it was divided, thresholds as they were.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "held_out_rows": whole,
        "epochs": whole,
        "l1": list_of(finite),
        "near": finite,
        "training": mapping,
        "judged": finite,
        "sparse": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
