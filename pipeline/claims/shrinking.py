"""Claim 16: L2 shrinks weights, lessens saturation and the response to small changes of the input (notes §6)."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import last_model
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.diagnostics import SATURATED, slope_share
from pipeline.training.metrics import score
from pipeline.training.model import Model
from pipeline.training.readout import probed

Array = np.ndarray
SHRUNK = {"norm": "weight norm ‖W‖", "saturated": "saturated units", "response": "change of outputs"}


def measure(settings: Values) -> Results:
    """For each λ and each seed: weight norm, saturation, response and errors."""
    return {
        f"{strength:g}": side_by_side([partial(_one, settings, strength, seed) for seed in settings["seeds"]])
        for strength in settings["l2"]
    }


def _one(settings: Values, strength: float, seed: int) -> dict[str, float]:
    on = digits(settings["rows"], seed, settings["held_out_rows"])
    assert on.held_out is not None
    model = last_model({**settings["training"], "regularizer.l2": strength}, on, seed, settings["epochs"])
    return {
        "norm": float(np.linalg.norm(np.concatenate([w[:, 1:].ravel() for w in model.weights]))),
        "saturated": _saturated(model, on.held_out.X),
        "response": _response(model, on.held_out.X, settings["changed_inputs"], seed),
        "error": score(model, on.held_out.X, on.held_out.y)["error"],
        "train_error": score(model, on.train.X, on.train.y)["error"],
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


def _over_seeds(results: Results, strength: float, name: str) -> Array:
    return np.array([one[name] for one in results[f"{strength:g}"]])


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: all three shrink; within limits: the weights do, and one of the two others."""
    level = settings["level"] / len(SHRUNK)
    pairs = {name: [_over_seeds(results, strength, name) for strength in (settings["judged"], 0.0)] for name in SHRUNK}
    p = {name: smaller(*pair) for name, pair in pairs.items()}
    holds = {name: value < level for name, value in p.items()}
    told = "; ".join(_told(name, pair, p[name]) for name, pair in pairs.items())
    shares = ", ".join(f"{SHRUNK[name]} to {one.mean() / other.mean():.0%}" for name, (one, other) in pairs.items())
    told = f"With λ = {settings['judged']:g} instead of 0 are changed: {shares}. Means: {told}."
    limited = holds["norm"] and (holds["saturated"] or holds["response"])
    return graded(all(holds.values()), limited, told)


def _told(name: str, pair: Sequence[Array], p: float) -> str:
    write = ("{:.2%}" if name == "saturated" else "{:.3g}").format
    shrunk, plain = (write(values.mean()) for values in pair)
    return f"{SHRUNK[name]} {shrunk} instead of {plain} (p = {p:.2g})"


def draw(settings: Values, results: Results) -> str:
    """What L2 does to weights, saturation, response and errors."""
    with style.drawing(style.NARROW, 4 * style.HIGH, down=4) as (panels, svg):
        shown = [({name: ""}, title) for name, title in SHRUNK.items()]
        shown.append(({"error": "held-out rows", "train_error": "training rows"}, "error"))
        for number, (axes, (lines, title)) in enumerate(zip(panels, shown, strict=True)):
            for place, (name, label) in enumerate(lines.items()):
                values = np.array([_over_seeds(results, strength, name) for strength in settings["l2"]]).T
                style.band(axes, range(len(settings["l2"])), values, style.color(number + place), label)
            axes.set_xticks(range(len(settings["l2"])), [f"{strength:g}" for strength in settings["l2"]])
            axes.set(title=title, xlabel="λ", ylim=0)
        style.percent(panels[1].yaxis)
        style.percent(panels[3].yaxis)
        panels[3].legend()
    return svg[0]


CLAIM = Claim(
    name="shrinking",
    number="16",
    title="L2 shrinks weights, lessens saturation and the response to small changes of the input",
    question="Does L2 make weights small, units less saturated, and outputs steadier when a few inputs change?",
    section="6",
    formula="E′(w) = E(w) + λ/2 ‖w‖², so that w ← (1 − ηλ) w − η ∇E(w).",
    method="Networks are trained on MNIST images with several λ, everything else equal. On held-out images the "
    "share of hidden units whose slope is below 1/20 of the largest is counted, and by how much the "
    "outputs change when a few pixels are put to those of another image. Confirmed if, by one-sided "
    "Wilcoxon signed-rank tests over the seeds, weights, saturation and response are all smaller than "
    "without L2; within limits if the weights and one of the two others are. In a first run this and "
    "claim 16b were one, which was not confirmed for 16b's part; then it was divided, thresholds as they "
    "were.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "held_out_rows": whole,
        "epochs": whole,
        "l2": list_of(finite),
        "changed_inputs": whole,
        "training": mapping,
        "judged": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
