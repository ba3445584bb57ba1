"""Claim 14: overfitting the hyperparameters, and the 5:1:1 procedure that repairs it (notes §5)."""

from functools import partial
from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import interval, smaller
from pipeline.claims.material import Material
from pipeline.claims.trained import last_model
from pipeline.data import bundled
from pipeline.feed.dealing import part_sizes, split
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
SCORES = ("validation", "test", "fresh")


def measure(settings: Values) -> Results:
    """For each training set, on average over deals of the other rows: scores of the best of K, and of the best look.

    Returns:
        ``best_of``: for each training set and K the chosen candidate's errors on validation, test and fresh rows;
        ``looks``: for each training set and number of looks the errors of the one with the lowest test error.
    """
    table, task = bundled.load("digits")
    schema = Schema(task, table.features, tuple(map(str, range(10))), table.image_shape, targets=(table.target_name,))
    rows = Rows(table.X, table.target.astype(np.int64))
    seeds = range(1, settings["training_sets"] + 1)
    found = side_by_side([partial(_one, settings, rows, schema, seed) for seed in seeds])
    return {"best_of": [one[0] for one in found], "looks": [one[1] for one in found]}


def _one(settings: Values, rows: Rows, schema: Schema, seed: int) -> tuple[list[list[float]], list[list[float]]]:
    """Means over the deals, (K, 3) and (looks, 3)."""
    sizes = part_sizes(settings["rows"], settings["ratio"])
    own, others = split(rows.y, None, (sizes[0], len(rows) - sizes[0]), seed, stratify=True)
    wrong = _candidates(settings, Material(rows.take(own), None, schema), rows.take(others), seed)
    rng = np.random.default_rng((seed, 1))
    deals = [_deal(settings, wrong, sizes[1], sizes[2], rng) for _ in range(settings["deals"])]
    best, looks = (np.mean([deal[place] for deal in deals], axis=0) for place in (0, 1))
    return best.tolist(), looks.tolist()


def _candidates(settings: Values, on: Material, others: Rows, seed: int) -> Array:
    """(candidates, other rows): where each of them, with settings by chance, is wrong."""
    rng, wrong = np.random.default_rng((seed, 0)), np.empty((settings["candidates"], len(others)), bool)
    for row in wrong:
        drawn = {name: values[rng.integers(len(values))] for name, values in settings["grid"].items()}
        model = last_model(drawn, on, int(rng.integers(2**31)), drawn.pop("stopping.epochs"))
        row[:] = model.predict(others.X) != others.y
    return wrong


def _deal(settings: Values, wrong: Array, validation: int, test: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Scores of the best of each K, and of the best of so many looks, where rows and candidates are dealt anew."""
    order, candidates = rng.permutation(wrong.shape[1]), wrong[rng.permutation(len(wrong))]
    parts = np.split(order, [validation, validation + test])
    scores = np.stack([candidates[:, part].mean(axis=1) for part in parts], axis=1)
    best = [scores[np.argmin(scores[:k, 0])] for k in settings["best_of"]]
    return best, [_looked(scores, looks) for looks in settings["looks"]]


def _looked(scores: Array, looks: int) -> Array:
    """(3,) the scores of the lowest test error told, where each look is at the best of its share by validation."""
    shares = np.array_split(scores, looks)
    chosen = np.array([share[np.argmin(share[:, 0])] for share in shares])
    found: Array = chosen[np.argmin(chosen[:, 1])]
    return found


def _flattered(found: Any, place: int, score: str) -> Array:
    """(training sets,) by how much the score is lower than the error on fresh rows."""
    values = np.asarray(found)[:, place]
    difference: Array = values[:, SCORES.index("fresh")] - values[:, SCORES.index(score)]
    return difference


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: the best of K flatters, more so with K, 5:1:1 does not, and a second look does; without it a limit."""
    best, looks, level = results["best_of"], results["looks"], settings["level"]
    one, many = (_flattered(best, place, "validation") for place in (0, -1))
    grown, flatters = smaller(one, many), smaller(np.zeros(len(many)), many)
    low, high = interval(_flattered(best, -1, "test"))
    first, second = (_flattered(looks, settings["looks"].index(count), "test") for count in (1, 2))
    cost, repaired = smaller(first, second), -settings["margin"] <= low and high <= settings["margin"]
    holds = flatters < level and grown < level and repaired
    told = (
        f"The best of {settings['best_of'][-1]} has a validation error {many.mean():.2%} below its error on fresh "
        f"rows, one candidate {one.mean():.2%} (more with K: p = {grown:.2g}). What its test error flatters lies "
        f"between {low:.2%} and {high:.2%}. The lower of two looks at the test rows flatters by "
        f"{second.mean():.2%} (p = {cost:.2g}), the lowest of {settings['looks'][-1]} by "
        f"{_flattered(looks, -1, 'test').mean():.2%}."
    )
    return graded(holds and cost < level, holds, told)


def draw(settings: Values, results: Results) -> str:
    """Left the scores of the best of K, right those of the best of so many looks at the test rows."""
    panels = (
        ("best_of", "best of K by validation", "candidates, K"),
        ("looks", "best look by test", "looks at the test"),
    )
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as (places, svg):
        for axes, (name, title, label) in zip(places, panels, strict=True):
            values = np.asarray(results[name])
            for number, score in enumerate(SCORES):
                if (name, score) != ("looks", "validation"):
                    curves = values[:, :, number]
                    style.band(
                        axes, settings[name], curves, style.color(number), score, "standard error", style.stroke(number)
                    )
            axes.set_xscale("log", base=2)
            axes.set_xticks(settings[name], [str(count) for count in settings[name]])
            axes.set(title=title, xlabel=label, ylabel="error")
            style.percent(axes.yaxis)
        places[0].legend()
    return svg[0]


CLAIM = Claim(
    name="best_of_many",
    number="14",
    title="The best of many flatters; 5:1:1 repairs it; a second look at the test spoils it",
    question="How far is the validation score of the best of K candidates below its error on fresh data, as K grows?",
    section="5",
    formula="E[E_fresh(k*) − E_validation(k*)], k* = argmin over k ≤ K of E_validation(k)",
    method="Candidates with settings drawn from a grid are trained on a few images of digits (8 × 8 pixels). The"
    " rows that none was trained on are dealt many times to validation rows, test rows and fresh ones, by"
    " which the true error is known. Each time the best of the first K by validation is looked up, and "
    "for the looks the one with the lowest test error among winners of several rounds.",
    keys={
        "training_sets": whole,
        "ratio": list_of(whole),
        "rows": whole,
        "deals": whole,
        "candidates": whole,
        "grid": mapping,
        "best_of": list_of(whole),
        "looks": list_of(whole),
        "level": finite,
        "margin": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
