"""Claim 18: artificially expanding the training data, by rotations, elastic distortions and noise (notes §6)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import digits
from pipeline.claims.trained import run
from pipeline.fields import finite, list_of, mapping, mapping_of, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
PLAIN = "none"


def measure(settings: Values) -> Results:
    """For no expansion and for each, the curves of training and held-out error for each seed."""
    arms = {PLAIN: {}, **settings["expansions"]}
    return {
        name: side_by_side([partial(_one, settings, values, seed) for seed in settings["seeds"]])
        for name, values in arms.items()
    }


def _one(settings: Values, values: dict[str, Any], seed: int) -> dict[str, list[float]]:
    """Both errors are measured on rows as they are: distorted ones are only trained on."""
    on = digits(settings["rows"], seed, settings["held_out_rows"])
    curves = run({**settings["training"], **values}, on, seed, settings["epochs"]).curves
    return {"train": curves["train/error"], "held_out": curves["validation/error"]}


def _last(runs: list[dict[str, list[float]]], part: str) -> Array:
    """(seeds,) the error after the last epoch."""
    return np.array([run[part][-1] for run in runs])


def _gap(runs: list[dict[str, list[float]]]) -> Array:
    gap: Array = _last(runs, "held_out") - _last(runs, "train")
    return gap


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: each expansion makes gap and held-out error smaller; within limits: one at least makes both so."""
    plain, level = results[PLAIN], settings["level"] / (2 * len(settings["expansions"]))
    told, works = [], []
    for name in settings["expansions"]:
        runs = results[name]
        gap, error = smaller(_gap(runs), _gap(plain)), smaller(_last(runs, "held_out"), _last(plain, "held_out"))
        works.append(gap < level and error < level)
        told.append(f"{name} {_gap(runs).mean():.2%} (p = {gap:.2g}; of the error p = {error:.2g})")
    errors = ", ".join(f"{_last(results[name], 'held_out').mean():.2%} with {name}" for name in settings["expansions"])
    start = f"The held-out error is {_last(plain, 'held_out').mean():.2%} without expansion, {errors}."
    return graded(all(works), any(works), f"{start} The gap is {_gap(plain).mean():.2%} without, {', '.join(told)}.")


def draw(settings: Values, results: Results) -> str:
    """Held-out and training error by epoch, for each expansion."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as (panels, svg):
        titles = (("held_out", "held-out rows"), ("train", "training rows, undistorted"))
        for axes, (part, title) in zip(panels, titles, strict=True):
            for number, (name, runs) in enumerate(results.items()):
                curves, line = [run[part] for run in runs], style.stroke(number)
                style.band(axes, range(1, settings["epochs"] + 1), curves, style.color(number), name, stroke=line)
            axes.set(title=title, xlabel="epoch", ylabel="error")
            style.percent(axes.yaxis)
        panels[0].legend()
    return svg[0]


CLAIM = Claim(
    name="expanded_data",
    number="18",
    title="Artificially expanding the training data narrows the gap",
    question="Do small rotations, elastic distortions and random noise, new in each epoch, each bring training and"
    " held-out error closer together, and the latter down?",
    section="6",
    formula="Each epoch trains on T(x), T drawn anew: a small rotation, an elastic distortion (emulating random "
    "oscillations of hand muscles), or random noise.",
    method="Networks are trained on few MNIST images, as they are or expanded in one way, everything else equal,"
    " for equally many epochs; errors are measured on undistorted images. One-sided Wilcoxon signed-rank "
    "tests over the seeds: confirmed if each of the three makes the gap (held-out less training error) "
    "and the held-out error smaller, for a gap could also be narrowed by learning less; within limits if "
    "at least one does.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "held_out_rows": whole,
        "epochs": whole,
        "expansions": mapping_of(mapping),
        "training": mapping,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
