"""Claim 5: odd activations against the logistic one, and what is special about 1.7159 tanh(2v/3)."""

import math
from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import ratio, smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import passes_to, quickest, run
from pipeline.fields import finite, list_of, text, texts, whole
from pipeline.nn.activations import parse
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
SPECIAL = "lecun_tanh"
GRID = np.linspace(0, 3, 30_001)


def measure(settings: Values) -> Results:
    """φ and φ″ of the special tanh; of each activation its best η, the passes to the target, losses and errors."""
    names = [*settings["odd"], settings["other"]]
    return {"special": special(), "trained": {name: _measured(settings, name) for name in names}}


def special() -> dict[str, float]:
    """φ(±1), and where |φ″| is largest: by the formula, and by the engine's φ′ on a grid."""
    unit, ends = parse(SPECIAL), np.array([1.0, -1.0])
    unit.forward(ends.copy(), ends)
    slope, out = np.ones_like(GRID), np.empty_like(GRID)
    unit.forward(GRID.copy(), out)
    unit.backward(slope, GRID.copy(), out)
    bend = np.abs(np.gradient(slope, GRID))
    # φ = β tanh αv: φ″ = −2α²β t (1 − t²) with t = tanh αv, which is largest where t² = 1/3
    return {
        "at_one": float(ends[0]),
        "at_minus_one": float(ends[1]),
        "place": math.atanh(1 / math.sqrt(3)) / unit.alpha,
        "place_on_grid": float(GRID[bend.argmax()]),
        "share_at_one": float(bend[np.searchsorted(GRID, 1.0)] / bend.max()),
    }


def _measured(settings: Values, name: str) -> dict[str, Any]:
    def tried(rate: float) -> float:
        return float(_trained(settings, name, rate, settings["tuning"])["passes"])

    rate = quickest(settings["rates"], tried)
    several = side_by_side([partial(_trained, settings, name, rate, seed) for seed in settings["seeds"]])
    return {"rate": rate, **{key: [one[key] for one in several] for key in several[0]}}


def _trained(settings: Values, name: str, rate: float, seed: int) -> dict[str, Any]:
    values = {
        "network.hidden": tuple(settings["hidden"]),
        "network.activation": name,
        "optimizer.learning_rate": rate,
        "optimizer.batch_size": settings["batch"],
    }
    on = digits(settings["rows"], seed, settings["held_out"])
    curves = run(values, on, seed, settings["most"], until=settings["target"]).curves
    losses = curves.get("train/loss", [])
    passes = min(passes_to(losses, settings["target"]), float(settings["most"]))
    return {"passes": passes, "losses": [round(loss, 5) for loss in losses], "error": curves["validation/error"][-1]}


def judge(settings: Values, results: Results) -> Judgment:
    """Odd ones need fewer passes, and the special one is what the notes say: exactly, or nearly."""
    trained, found = results["trained"], results["special"]
    others, said, faster = trained[settings["other"]]["passes"], [], []
    for name in settings["odd"]:
        ones = trained[name]["passes"]
        gain, p = ratio(others, ones), smaller(ones, others)
        faster.append(gain[0] >= settings["worth"] and p < settings["level"] / len(settings["odd"]))
        said.append(f"{name} {np.mean(ones):.3g} (ratio {gain[0]:.2f}, {gain[1]:.2f} to {gain[2]:.2f}, p = {p:.2g})")
    off = max(abs(found["at_one"] - 1), abs(found["at_minus_one"] + 1), abs(found["place"] - 1))
    rates = ", ".join(f"{one['rate']:g} of {name}" for name, one in trained.items())
    numbers = (
        f"φ(1) = {found['at_one']:.6f}; |φ″| is largest at v = {found['place']:.4f} (on a grid at "
        f"{found['place_on_grid']:.4f}), and at 1 it is {100 * found['share_at_one']:.2f} % of that. Passes to the "
        f"target: {settings['other']} {np.mean(others):.3g}, {', '.join(said)}. (η = {rates}.)"
    )
    return graded(off <= settings["exact"] and all(faster), off <= settings["near"] and any(faster), numbers)


def draw(settings: Values, results: Results) -> str:
    """The special tanh with its bend, and the training losses of each activation."""
    v, unit = np.linspace(-3, 3, 121), parse(SPECIAL)
    y, slope = np.empty_like(v), np.ones_like(v)
    unit.forward(v.copy(), y)
    unit.backward(slope, v.copy(), y)
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (name, curve) in enumerate({"φ": y, "φ′": slope, "φ″": np.gradient(slope, v)}.items()):
            left.plot(v, curve, color=style.color(number), linestyle=style.stroke(number), label=name)
        left.axvline(results["special"]["place"], color=style.SOFT, linewidth=0.8)
        left.set(xlabel="v", title=f"{SPECIAL}; line: where |φ″| is largest")
        for number, (name, found) in enumerate(results["trained"].items()):
            for seed, losses in enumerate(found["losses"]):
                line = {"color": style.color(number), "linestyle": style.stroke(number), "linewidth": 0.9}
                right.plot(range(1, len(losses) + 1), losses, label=None if seed else name, **line)
        right.axhline(settings["target"], color=style.SOFT, linewidth=0.8)
        right.set(xlabel="passes", ylabel="training loss", title="each seed a line")
        style.whole(right.xaxis)
        left.legend()
        right.legend()
    return svg[0]


CLAIM = Claim(
    name="odd_functions",
    number="5",
    title="Odd activations perform better than the logistic one",
    question="Do networks with odd activations learn in fewer passes, and is 1.7159 tanh(2v/3) what the notes say?",
    section="4",
    formula="φ(−v) = −φ(v): usually odd functions perform better. 1.7159 tanh(2v/3) satisfies φ(1) = 1 and "
    "φ(−1) = −1, and its second derivative attains its maximum at 1.",
    method="The special values are computed: φ by the engine, the place by φ″ = −2α²β t (1 − t²), t = tanh αv, which "
    "is largest where t² = 1/3, and by differences of the engine's φ′. Then open MNIST images, 784-30-30-10: each "
    "activation takes the η that is quickest on a seed of its own, and is trained on other seeds to the same training "
    "loss; Wilcoxon's signed-rank test of the passes against those of the logistic units.",
    keys={
        "rows": whole,
        "held_out": whole,
        "hidden": list_of(whole),
        "odd": texts,
        "other": text,
        "rates": list_of(finite),
        "batch": whole,
        "target": finite,
        "most": whole,
        "tuning": whole,
        "seeds": list_of(whole),
        "worth": finite,
        "level": finite,
        "exact": finite,
        "near": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
