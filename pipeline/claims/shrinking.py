"""Claim 16: L2 shrinks weights, saturation and response; L1 makes weights sparse, by one step or another (notes §6)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import run
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.nn.regularizers import L1_STEPS
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.diagnostics import SATURATED, slope_share
from pipeline.training.model import Model
from pipeline.training.readout import probed

Array = np.ndarray
SHRUNK = {"norm": "weight norm ‖W‖", "saturated": "saturated units", "response": "change of outputs"}


def measure(settings: Values) -> Results:
    """For each setting of the regularizer, ``l2=0.001`` or ``l1=0.001 proximal``, what is found for each seed."""
    arms: dict[str, dict[str, Any]] = {_l2(strength): {"regularizer.l2": strength} for strength in settings["l2"]}
    for step in L1_STEPS:
        own = {"regularizer.l1_step": step}
        arms |= {_l1(strength, step): {"regularizer.l1": strength, **own} for strength in settings["l1"]}
    return {
        name: side_by_side([partial(_one, settings, values, seed) for seed in settings["seeds"]])
        for name, values in arms.items()
    }


def _l2(strength: float) -> str:
    return f"l2={strength:g}"


def _l1(strength: float, step: str) -> str:
    return f"l1={strength:g} {step}"


def _one(settings: Values, values: dict[str, Any], seed: int) -> dict[str, float]:
    on = digits(settings["rows"], seed, settings["held_out_rows"])
    found = run({**settings["training"], **values}, on, seed, settings["epochs"])
    model = found.outcome.last
    assert model is not None
    assert on.held_out is not None
    weights = np.concatenate([w[:, 1:].ravel() for w in model.weights])
    return {
        "norm": float(np.linalg.norm(weights)),
        "saturated": _saturated(model, on.held_out.X),
        "response": _response(model, on.held_out.X, settings["changed_inputs"], seed),
        "zero": float(np.mean(weights == 0)),
        "near": float(np.mean(np.abs(weights) < settings["near"])),
        "error": found.curves["validation/error"][-1],
        "train_error": found.curves["train/error"][-1],
    }


def _saturated(model: Model, X: Array) -> float:
    """Share of hidden units, over rows X, whose slope φ′(v) is less than 1/20 of the largest."""
    x = model.prepare(X)
    inside = probed(
        model.architecture, model.weights, x, np.zeros((len(x), model.architecture.sizes[-1]), x.dtype), None
    )
    hidden = zip(model.architecture.activations[:-1], inside.outputs[:-1], strict=True)
    return float(np.mean(np.concatenate([(slope_share(name, y) < SATURATED).ravel() for name, y in hidden])))


def _response(model: Model, X: Array, count: int, seed: int) -> float:
    """Mean ‖y(x′) − y(x)‖ over rows X; x′ has ``count`` inputs, by chance for each row, of the row before it."""
    places = np.random.default_rng((559, seed)).random(X.shape).argsort(axis=1)[:, :count]
    changed = X.copy()
    np.put_along_axis(changed, places, np.take_along_axis(np.roll(X, 1, axis=0), places, axis=1), axis=1)
    return float(np.mean(np.linalg.norm(model.scores(changed) - model.scores(X), axis=1)))


def _over_seeds(results: Results, arm: str, name: str) -> Array:
    return np.array([one[name] for one in results[arm]])


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: all three shrink, and both steps of L1 make weights exactly 0; within limits if only one step does."""
    plain, shrunk, level = _l2(0.0), _l2(settings["judged_l2"]), settings["level"] / len(SHRUNK)
    p = {name: smaller(_over_seeds(results, shrunk, name), _over_seeds(results, plain, name)) for name in SHRUNK}
    zero = {step: _over_seeds(results, _l1(settings["judged_l1"], step), "zero") for step in L1_STEPS}
    shrinks = all(value < level for value in p.values())
    sparse = [bool(np.all(zero[step] >= settings["sparse"])) for step in L1_STEPS]
    told = "; ".join(_told(results, plain, shrunk, name, value) for name, value in p.items())
    zeros = " and ".join(f"{zero[step].mean():.2%} by the {step} step" for step in L1_STEPS)
    near = _over_seeds(results, _l1(settings["judged_l1"], "subgradient"), "near").mean()
    return graded(
        shrinks and all(sparse),
        shrinks and any(sparse),
        f"With {shrunk} instead of none: {told}. With l1={settings['judged_l1']:g} exactly 0 are {zeros} (which leaves "
        f"{near:.2%} within {settings['near']:g} of it).",
    )


def _told(results: Results, plain: str, shrunk: str, name: str, p: float) -> str:
    write = ("{:.2%}" if name == "saturated" else "{:.3g}").format
    before, after = (write(_over_seeds(results, arm, name).mean()) for arm in (plain, shrunk))
    return f"{SHRUNK[name]} {after} instead of {before} (p = {p:.2g})"


def draw(settings: Values, results: Results) -> str:
    """What L2 does to weights, saturation and response, and how many weights L1 makes 0, or nearly, by each step."""
    with style.drawing(style.WIDE, 2 * style.HIGH, across=2, down=2) as (panels, svg):
        places, names = range(len(settings["l2"])), [f"{strength:g}" for strength in settings["l2"]]
        for number, (axes, (name, title)) in enumerate(zip(panels, SHRUNK.items(), strict=False)):
            values = np.array([_over_seeds(results, _l2(strength), name) for strength in settings["l2"]]).T
            style.band(axes, places, values, style.color(number), "L2")
            axes.set_xticks(places, names)
            axes.set(title=title, xlabel="λ of L2", ylim=0)
        style.percent(panels[1].yaxis)
        _zeros(panels[-1], settings, results)
    return svg[0]


def _zeros(axes: Any, settings: Values, results: Results) -> None:
    """Bars of the shares of weights at 0 and near it, for each λ and step of L1."""
    bars = [(strength, step) for strength in settings["l1"] for step in L1_STEPS]
    for number, (name, label) in enumerate((("near", f"|w| < {settings['near']:g}"), ("zero", "w = 0"))):
        heights = [_over_seeds(results, _l1(*bar), name).mean() for bar in bars]
        axes.bar(range(len(bars)), heights, color=style.color(3 + number), width=0.8 - 0.3 * number, label=label)
    axes.set_xticks(range(len(bars)), [f"{strength:g}\n{step}" for strength, step in bars], fontsize=8)
    axes.set(title="weights made 0 by L1", xlabel="λ of L1, step")
    axes.legend(loc="upper left")
    style.percent(axes.yaxis)


CLAIM = Claim(
    name="shrinking",
    number="16",
    title="L2 shrinks weights, saturation and response; L1 makes weights sparse",
    question="Does L2 make weights small, units less saturated and outputs steadier when a few inputs change, and "
    "does L1 make weights 0?",
    section="6",
    formula="w ← (1 − ηλ) w − η ∇E(w) for λ/2 ‖w‖²; w ← w − ηλ sgn(w) − η ∇E(w) for λ ‖w‖₁ (the notes print the "
    "latter without its η: [decision 3](../../docs/decisions/0003-the-l1-step-has-the-learning-rate.md)).",
    method="Networks are trained on MNIST images with several λ, everything else equal. On held-out images the "
    "share of hidden units whose slope is below 1/20 of the largest is counted, and by how much the "
    "outputs change when a few pixels are put to those of another image. L1 is taken by the notes' "
    "subgradient step and by the proximal one, which ends at 0 what would cross it. One-sided Wilcoxon "
    "signed-rank tests over the seeds: confirmed if all three shrink with L2 and both steps of L1 leave "
    "the stated share of weights at exactly 0; within limits if only one of them does.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "held_out_rows": whole,
        "epochs": whole,
        "l2": list_of(finite),
        "l1": list_of(finite),
        "changed_inputs": whole,
        "training": mapping,
        "judged_l2": finite,
        "judged_l1": finite,
        "level": finite,
        "sparse": finite,
        "near": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
