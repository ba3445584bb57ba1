"""Claim 15: K-fold and leave-one-out against hold-out: bias, variance and cost (notes §5)."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import Material, numbers
from pipeline.claims.trained import last_model
from pipeline.feed.folds import folds
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.metrics import score

Array = np.ndarray
HELD_OUT = 1  # the place in ``folds`` of the K whose first fold is the hold-out method


def measure(settings: Values) -> Results:
    """For each data set: ``true``, the squared error of the network trained on all N rows, and what each way says.

    ``ways``: hold-out, then each K. A way that trains K networks averages their K squared errors (notes §5).
    """
    found = side_by_side([partial(_one, settings, seed) for seed in range(1, settings["data_sets"] + 1)])
    return {"true": [one[0] for one in found], "ways": [one[1] for one in found]}


def _one(settings: Values, seed: int) -> tuple[float, list[float]]:
    rng = np.random.default_rng((559, seed))
    counts = settings["rows"], settings["fresh_rows"]
    whole_set = numbers(*_sine(counts[0], settings["noise"], rng), _sine(counts[1], settings["noise"], rng))
    errors = [_errors(settings, whole_set, count, seed) for count in settings["folds"]]
    ways = [errors[HELD_OUT][0], *(float(np.mean(one)) for one in errors)]
    return _error(settings, whole_set, seed), ways


def _sine(count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Samples of y = sin πx, x from −1 to 1, with Gaussian noise."""
    x = rng.uniform(-1, 1, count)
    return x[:, None], np.sin(np.pi * x) + rng.normal(0, noise, count)


def _errors(settings: Values, on: Material, count: int, seed: int) -> list[float]:
    """The squared error on each of ``count`` folds of a network trained on the others."""
    rows, everyone = on.train, np.arange(len(on.train))
    held = folds(rows.y, None, count, seed, False, everyone)
    parts = ((rows.take(np.setdiff1d(everyone, fold)), rows.take(fold)) for fold in held)
    return [_error(settings, Material(*part, on.schema), seed) for part in parts]


def _error(settings: Values, on: Material, seed: int) -> float:
    """Mean squared error on the held-out rows."""
    model = last_model(settings["training"], on, seed, settings["epochs"])
    assert on.held_out is not None
    return score(model, on.held_out.X, on.held_out.y)["mse"]


def _names(settings: Values) -> list[str]:
    named = {settings["rows"]: "leave-one-out"}
    return ["hold-out", *(named.get(count, f"{count}-fold") for count in settings["folds"])]


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: K-fold and leave-one-out are nearer than hold-out, and many folds less pessimistic; else a limit.

    Near is |estimate − true error| on the same data set; pessimism is compared between the fewest folds and the most.
    """
    true, ways = np.array(results["true"]), np.array(results["ways"])
    off, level = np.abs(ways - true[:, None]), settings["level"] / 3
    folded, single = smaller(off[:, 1 + HELD_OUT], off[:, 0]), smaller(off[:, -1], off[:, 0])
    biased = smaller(ways[:, -1], ways[:, 1])
    nearer, names = folded < level and single < level, _names(settings)
    told = "; ".join(_told(settings, ways - true[:, None]))
    nearest = ", ".join(f"{name} {mean:.3f}" for name, mean in zip(names, off.mean(axis=0), strict=True))
    said = (
        f"Mean |estimate − true squared error|: {nearest}. Estimated less true squared error "
        f"(which is {true.mean():.4f}), mean ± standard deviation over {len(true)} data sets: {told}. Nearer "
        f"than hold-out: {names[1 + HELD_OUT]} p = {folded:.2g}, {names[-1]} p = {single:.2g}; less "
        f"pessimistic than {names[1]}: {names[-1]} p = {biased:.2g}."
    )
    return graded(nearer and biased < level, nearer, said)


def _told(settings: Values, differences: Array) -> list[str]:
    bias, spread = differences.mean(axis=0), differences.std(axis=0, ddof=1)
    costs = ["1 training", *(f"{count} trainings" for count in settings["folds"])]
    columns = zip(_names(settings), bias, spread, costs, strict=True)
    return [f"{name} {mean:+.4f} ± {spread:.4f} by {cost}" for name, mean, spread, cost in columns]


def draw(settings: Values, results: Results) -> str:
    """Each data set's difference between estimate and true error by way, and what each way costs."""
    differences, names = np.array(results["ways"]) - np.array(results["true"])[:, None], _names(settings)
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        aside = np.linspace(-0.2, 0.2, len(differences))
        for number, values in enumerate(differences.T):
            left.scatter(number + aside, values, s=9, color=style.color(number), alpha=0.7, linewidths=0)
            left.hlines(values.mean(), number - 0.35, number + 0.35, color=style.color(number), linewidth=2)
        left.axhline(0, color=style.SOFT, linewidth=0.8)
        left.set_xticks(range(len(names)), [name.replace("leave-one", "leave-\none") for name in names])
        left.set(title="estimate less true error; line: mean", ylabel="squared error")
        _costs(right, np.abs(differences).mean(axis=0), [1, *settings["folds"]], names)
    return svg[0]


def _costs(axes: Axes, off: Array, costs: list[int], names: list[str]) -> None:
    for number, (cost, name) in enumerate(zip(costs, names, strict=True)):
        axes.scatter(cost, off[number], color=style.color(number), marker=style.marker(number), s=36)
        axes.annotate(name, (cost, off[number]), (5, 5), textcoords="offset points", fontsize=8.5)
    axes.set_xscale("log", base=2)
    axes.set_xticks(costs, list(map(str, costs)))
    axes.set_xlim(0.7, 3 * max(costs))
    axes.set(
        title="mean |estimate − true error|", xlabel="trainings", ylabel="squared error", ylim=(0, 1.15 * max(off))
    )


CLAIM = Claim(
    name="folds_compared",
    number="15",
    title="K-fold and leave-one-out are nearer to the truth than hold-out, and cost K and N trainings",
    question="What do K-fold and leave-one-out gain over the hold-out method when rows are few, and at what cost?",
    section="5",
    formula="E_K = 1/K Σ_k (squared error on subset k of the model trained on the others); leave-one-out is K = N.",
    method="Small data sets are drawn from a noisy sine, whose network's true squared error is known by many "
    "fresh rows. On each, hold-out (the first of the 6 folds: rows are 5 : 1), K-fold and leave-one-out "
    "estimate it, by trainings of equal settings. One-sided Wilcoxon signed-rank tests over the data "
    "sets: confirmed if both are nearer to the true error than hold-out, |estimate − true| by pairs, and "
    "if leave-one-out is less pessimistic than 2 folds, which train on half the rows; within limits "
    "without the last.",
    keys={
        "data_sets": whole,
        "rows": whole,
        "noise": finite,
        "fresh_rows": whole,
        "folds": list_of(whole),
        "epochs": whole,
        "training": mapping,
        "level": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
