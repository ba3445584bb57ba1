"""Claim 2: where rows are copies of each other, online learning needs far fewer passes than batch learning."""

import math
from functools import partial
from typing import Any

import numpy as np
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import ratio, smaller
from pipeline.claims.material import Material, digits
from pipeline.claims.trained import Trained, passes_to, quickest, run
from pipeline.fields import finite, list_of, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.training import NOTHING, Given

LOSS = "train/loss"
WAYS = {"online": 1, "batch": 0}  # examples per update, 0 for all


def measure(settings: Values) -> Results:
    """Of each way, with copies and without: its best η, the passes to the target, and the training losses."""
    found: Results = {}
    for way in WAYS:
        for copies in (1, settings["copies"]):
            found[f"{way}, {copies} of each"] = _measured(settings, way, copies)
    return found


def _measured(settings: Values, way: str, copies: int) -> dict[str, Any]:
    def tried(rate: float) -> float:
        return _passes(settings, way, _trained(settings, way, copies, settings["tuning"], rate))

    rate, step = quickest(settings[way], tried), _step(settings, way)
    trained = side_by_side([partial(_trained, settings, way, copies, seed, rate) for seed in settings["seeds"]])
    losses = [[round(loss, 5) for loss in one.curves[LOSS]] for one in trained]
    return {"rate": rate, "step": step, "passes": [_passes(settings, way, one) for one in trained], "losses": losses}


def _step(settings: Values, way: str) -> float:
    """Passes between two measurements."""
    return 1 / settings["parts"] if way == "online" else 1.0


def _passes(settings: Values, way: str, trained: Trained) -> float:
    """To the target; as many as there were at the most, where it was not reached."""
    passes = passes_to(trained.curves[LOSS], settings["target"]) * _step(settings, way)
    return min(passes, float(settings["most"]))


def _trained(settings: Values, way: str, copies: int, seed: int, rate: float) -> Trained:
    values = {
        "network.hidden": tuple(settings["hidden"]),
        "optimizer.learning_rate": rate,
        "optimizer.batch_size": WAYS[way],
    }
    on = copied(digits(settings["patterns"], seed), copies)
    order = partial(part_of_a_pass, len(on.train), settings["parts"], seed)
    given = Given(order=order) if way == "online" else NOTHING
    epochs = math.ceil(settings["most"] / _step(settings, way))
    return run(values, on, seed, epochs, given, until=settings["target"])


def copied(on: Material, copies: int) -> Material:
    """Each row so many times."""
    return on._replace(train=on.train.take(np.tile(np.arange(len(on.train)), copies)))


def part_of_a_pass(rows: int, parts: int, seed: int, number: int) -> np.ndarray:
    """Indices of the rows in the ``number``-th part, from 1: each pass takes every row once, in a new order."""
    done, part = divmod(number - 1, parts)
    order = np.random.default_rng((seed, done)).permutation(rows)
    return np.array_split(order, parts)[part]


def _gains(results: Results) -> tuple[list[list[float]], list[list[float]]]:
    """Passes of (online without copies, with them), and of (batch with copies, online with them), by seed."""
    once, again, _, batch = (found["passes"] for found in results.values())
    return [once, again], [batch, again]


def judge(settings: Values, results: Results) -> Judgment:
    """About the notes' factor is what copies gain; online learning as a whole must gain at least about as much."""
    copies, ways = _gains(results)
    gain, whole_gain = ratio(*copies), ratio(*ways)
    low, high = settings["claimed"] / settings["about"], settings["claimed"] * settings["about"]
    p = smaller(ways[1], ways[0])
    rates = ", ".join(f"{name} η = {found['rate']:g}" for name, found in results.items())
    numbers = (
        f"On {settings['copies']} copies online learning takes {np.mean(copies[1]):.3g} passes and batch learning "
        f"{np.mean(ways[0]):.3g}: {whole_gain[0]:.3g} times as many (95 % interval {whole_gain[1]:.3g} to "
        f"{whole_gain[2]:.3g}, p = {p:.2g}). Of this the copies make a factor of {gain[0]:.3g} ({gain[1]:.3g} to "
        f"{gain[2]:.3g}): without them online learning takes {np.mean(copies[0]):.3g} passes. ({rates}.)"
    )
    about = low <= gain[1] and gain[2] <= high
    return graded(about and whole_gain[1] >= low, p < settings["level"], numbers)


def draw(settings: Values, results: Results) -> str:
    """Training losses by passes, and the passes to the target."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (name, found) in enumerate(results.items()):
            color, stroke = style.color(number // 2), style.stroke(number % 2)
            for seed, losses in enumerate(found["losses"]):
                passes = found["step"] * np.arange(1, len(losses) + 1)
                left.plot(passes, losses, color=color, linestyle=stroke, lw=0.9, label=None if seed else name)
            right.plot(found["passes"], [number] * len(found["passes"]), style.marker(number), color=color, ms=5)
        left.axhline(settings["target"], color=style.SOFT, linewidth=0.8)
        left.set(xlabel="passes over the rows", ylabel="training loss", title="each seed a line")
        right.set(xlabel="passes to the target", title="each seed a mark")
        for axes in (left, right):
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        right.set_yticks(range(len(results)), list(results))
        right.invert_yaxis()
        style.logarithmic(left)
        left.legend(fontsize=7.5, loc="upper right")
    return svg[0]


CLAIM = Claim(
    name="redundancy",
    number="2",
    title="Online learning makes use of redundant rows",
    question="How many passes over 100 patterns in 10 copies does online learning take to an error, and how many batch "
    "learning?",
    section="4",
    formula="Online: W ← W + η δ [1 y]ᵀ after each pattern; batch: after all of them. With 1,000 images, 10 copies of "
    "the same pattern, online learning is approximately 10x faster than offline learning.",
    method="Open MNIST images, each so many times, 784-20-10. Each way takes the η that is quickest on a seed of its "
    "own, and is then trained on other seeds to the same training loss. On copies batch learning makes the very steps "
    "that it makes without them, so what redundancy is worth is what the copies save online learning: the ratio of "
    "its passes without and with them (geometric mean, bootstrap interval over the seeds).",
    keys={
        "patterns": whole,
        "copies": whole,
        "hidden": list_of(whole),
        "online": list_of(finite),
        "batch": list_of(finite),
        "target": finite,
        "parts": whole,
        "most": whole,
        "tuning": whole,
        "seeds": list_of(whole),
        "claimed": finite,
        "about": finite,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
