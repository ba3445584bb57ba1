"""Claim 7: strictly positive inputs zigzag; centered, uncorrelated ones of equal variance learn faster (notes §4)."""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.claims.bare_networks import BareNetwork, with_ones
from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.grading import by_parts, exceeds, median
from pipeline.claims.material import digits
from pipeline.claims.trained import passes_to, quickest
from pipeline.feed.preprocessing import PREPROCESSING
from pipeline.feed.targets import one_hot
from pipeline.fields import finite, list_of, whole
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Array = np.ndarray
POSITIVE, CENTERED, UNCORRELATED, EQUAL = "positive", "mean removed", "decorrelated", "equal variances"
TABLE = {POSITIVE: "none", CENTERED: "center", UNCORRELATED: "pca", EQUAL: "whiten"}
IMAGES = {**TABLE, POSITIVE: "unit_range"}
START, GOAL = np.array([-0.5, 0.5]), np.array([0.5, -0.5])  # from the northwest to the southeast


def measure(settings: Values) -> Results:
    """Per seed: the paths of two weights, the steps of a linear neuron with its Hessian, the epochs of a network."""
    paths, images = _rates(settings, "path_rates", _updates), _rates(settings, "learning_rates", _epochs)
    ways = {"path": functools.partial(_path, settings, paths), "table": functools.partial(_table, settings)}
    ways["images"] = functools.partial(_images, settings, images)
    calls = [(name, seed) for name in ways for seed in settings["seeds"]]
    found = side_by_side([functools.partial(ways[name], seed) for name, seed in calls])
    return {name: [one for (own, _), one in zip(calls, found, strict=True) if own == name] for name in ways}


def _rates(settings: Values, key: str, steps: Callable[[Values, str, int, float], float]) -> dict[str, float]:
    """The rate with the fewest steps for each way of inputs, by a seed that nothing else is measured by."""
    return {
        name: quickest(settings[key], functools.partial(steps, settings, name, settings["rate_seed"]))
        for name in ((POSITIVE, CENTERED) if key == "path_rates" else IMAGES)
    }


def _path(settings: Values, rates: dict[str, float], seed: int) -> dict[str, Any]:
    """w (updates, 2) of a linear neuron without bias that learns online, from START to GOAL."""
    found = {}
    for name, rate in rates.items():
        path = _walk(settings, name, seed, rate)
        steps, far = np.diff(path, axis=0), float(np.linalg.norm(path[-1] - START))
        found[name] = {
            "rate": rate,
            "path": path.tolist() if seed == settings["seeds"][0] else [],
            "together": float((steps.prod(axis=1) >= 0).mean()),
            "detour": float(np.linalg.norm(steps, axis=1).sum()) / far,
        }
    return found


def _updates(settings: Values, name: str, seed: int, rate: float) -> float:
    """Updates until the goal is near; infinite where it never is."""
    path = _walk(settings, name, seed, rate)
    return len(path) - 1 if _near(settings, path[-1]) else math.inf


def _near(settings: Values, w: Array) -> bool:
    return bool(np.linalg.norm(w - GOAL) <= settings["path_near"] * np.linalg.norm(GOAL - START))


def _walk(settings: Values, name: str, seed: int, rate: float) -> Array:
    """w after each update, (updates + 1, 2), until so little of the distance is left, or the epochs are over."""
    x = np.random.default_rng(seed).uniform(0.1, 1.0, (settings["path_rows"], 2))
    x = x - x.mean(axis=0) if name == CENTERED else x
    weights = initialize((2, 1), "zeros", np.random.default_rng(0), x.dtype)
    weights[0][0, 1:] = START
    optimizer = Optimizer(learning_rate=rate, batch_size=1, bias_factor=0.0)
    architecture = Architecture((2, 1), ("identity",), "squared_error")
    one, path = BareNetwork(architecture, weights, x, x @ GOAL[:, None], optimizer, seed), [START]
    for _ in range(settings["path_epochs"]):
        for row in one.shuffled():
            one.update(row)
            path.append(weights[0][0, 1:].copy())
            if _near(settings, path[-1]):
                return np.array(path)
    return np.array(path)


def _table(settings: Values, seed: int) -> dict[str, Any]:
    """κ = λ_max/λ_min of the Hessian, and the steps of batch descent with its best rate, for each way of inputs."""
    X, y = _positive_rows(settings, seed)
    found = {}
    for name, way in TABLE.items():
        x = PREPROCESSING[way](X).apply(X, np.dtype(float))
        padded = with_ones(x, np.dtype(float))
        hessian = padded.T @ padded / len(x)
        values = np.linalg.eigvalsh(hessian)
        rate = 2 / (values[-1] + values[0])
        found[name] = {"condition": float(values[-1] / values[0]), "steps": _descend(settings, x, y, hessian, rate)}
    return found


def _positive_rows(settings: Values, seed: int) -> tuple[Array, Array]:
    """X (rows, columns) > 0, correlated, of different variances, and y (rows, 1), linear in X but for noise."""
    rng, columns = np.random.default_rng(seed), settings["table_columns"]
    share = settings["table_correlation"]
    own, common = (
        rng.standard_normal((settings["table_rows"], columns)),
        rng.standard_normal((settings["table_rows"], 1)),
    )
    z = np.sqrt(1 - share) * own + np.sqrt(share) * common
    X = np.geomspace(1, settings["table_spread"], columns) * (z - z.min(axis=0) + 0.1)
    y = X @ rng.standard_normal((columns, 1)) + rng.standard_normal((len(X), 1))
    return X, (y - y.mean()) / y.std()


def _descend(settings: Values, x: Array, y: Array, hessian: Array, rate: float) -> int:
    """Steps until E − E_min, which is ½(w − w*)ᵀH(w − w*), has fallen to the share; the limit if it never does."""
    sizes = (x.shape[1], 1)
    weights = initialize(sizes, "zeros", np.random.default_rng(0), np.dtype(float))
    optimizer = Optimizer(learning_rate=rate, batch_size=0)
    neuron = BareNetwork(Architecture(sizes, ("identity",), "squared_error"), weights, x, y, optimizer, 0)
    best = np.linalg.solve(hessian, neuron.x.T @ y[:, 0] / len(x))

    def excess() -> float:
        off = weights[0][0] - best
        return float(off @ hessian @ off)

    goal = settings["table_near"] * excess()
    for step in range(1, settings["table_epochs"] + 1):
        neuron.epoch()
        if excess() <= goal:
            return step
    return int(settings["table_epochs"])


def _images(settings: Values, rates: dict[str, float], seed: int) -> dict[str, float]:
    """Epochs of each way of inputs, with its rate."""
    return {name: _epochs(settings, name, seed, rate) for name, rate in rates.items()}


def _epochs(settings: Values, name: str, seed: int, rate: float) -> float:
    """Epochs until the training error is reached, between two looks by interpolation; the limit if it never is."""
    x, y = _prepared(IMAGES[name], settings["rows"], settings["components"], seed)
    architecture = Architecture((x.shape[1], settings["hidden"], 10), ("lecun_tanh", "softmax"), "cross_entropy")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(seed), x.dtype)
    optimizer = Optimizer(learning_rate=rate, batch_size=settings["batch_size"])
    network = BareNetwork(architecture, weights, x, one_hot(y, 10, (0, 1), x.dtype), optimizer, seed)
    errors = [1.0]
    while errors[-1] > settings["target_error"] and len(errors) <= settings["epochs"]:
        network.epoch()
        errors.append(network.measured()[1])
    return min(passes_to(errors[1:], settings["target_error"]), float(settings["epochs"]))


@functools.lru_cache(maxsize=len(IMAGES))  # for several rates
def _prepared(way: str, count: int, components: int, seed: int) -> tuple[Array, Array]:
    rows = digits(count, seed).train
    return PREPROCESSING[way](rows.X, components).apply(rows.X, np.dtype(np.float32)), rows.y


def judge(settings: Values, results: Results) -> Judgment:
    """The sign of the steps is exact, the detour essential; then each way of inputs against the one before it."""
    level, paths = settings["level"], _paths(results)
    zig, zag = (paths[name]["detour"] for name in (POSITIVE, CENTERED))
    zigzag = {
        "one direction": min(paths[POSITIVE]["together"]) == 1 and max(paths[CENTERED]["together"]) < 1,
        "detour": exceeds(zig, zag, settings["detour"], level),
    }
    speeds = {
        f"{after} faster ({what})": exceeds(found[before], found[after], settings["faster"], level)
        for what, found in _steps(results).items()
        for before, after in itertools.pairwise(TABLE)
    }
    return by_parts(zigzag | speeds, zigzag, _numbers(results))


def _paths(results: Results) -> dict[str, dict[str, list[float]]]:
    """By way of inputs: the share of updates that move both weights the same way, and path/distance, by seed."""
    return {
        name: {key: [one[name][key] for one in results["path"]] for key in ("together", "detour")}
        for name in (POSITIVE, CENTERED)
    }


def _steps(results: Results) -> dict[str, dict[str, list[float]]]:
    """Steps on the table, and epochs on digits, by way of inputs and seed."""
    table = {name: [one[name]["steps"] for one in results["table"]] for name in TABLE}
    return {"table": table, "digits": {name: [one[name] for one in results["images"]] for name in IMAGES}}


def _numbers(results: Results) -> str:
    positive, centered = _paths(results).values()
    conditions = [median([one[name]["condition"] for one in results["table"]]) for name in TABLE]
    steps = _steps(results)
    return (
        f"With positive inputs {100 * min(positive['together']):.0f} % of the updates move both weights the same way "
        f"(centered {100 * median(centered['together']):.0f} %), and the path is {median(positive['detour']):.1f} "
        f"times the distance (centered {median(centered['detour']):.1f}). A linear neuron takes "
        f"{_listed(steps['table'])} steps for inputs as they are, centered, decorrelated, with equal variances; the "
        f"Hessian's λ_max/λ_min is {', '.join(map(_counted, conditions))}. A network on digits takes "
        f"{_listed(steps['digits'])} epochs."
    )


def _listed(found: dict[str, list[float]]) -> str:
    return ", ".join(_counted(median(values)) for values in found.values())


def _counted(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw(settings: Values, results: Results) -> str:
    """The two paths in the weight plane of the first seed; steps against the Hessian's condition number."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((upper, lower), result):
        for number, name in enumerate((POSITIVE, CENTERED)):
            path = np.array(results["path"][0][name]["path"])
            upper.plot(*path.T, color=style.PALETTE[number], linewidth=0.9, label=name)
        upper.plot(*START, "o", *GOAL, "*", color=style.INK)
        upper.set(xlabel="weight w₁", ylabel="weight w₂")
        upper.legend(loc="best")
        for number, name in enumerate(TABLE):
            pairs = [(one[name]["condition"], one[name]["steps"]) for one in results["table"]]
            lower.plot(*zip(*pairs, strict=True), style.marker(number), color=style.PALETTE[number], label=name)
        lower.set_xscale("log")
        lower.set_yscale("log")
        lower.set(xlabel="condition number of the Hessian", ylabel="steps of a linear neuron")
        lower.legend(loc="best")
    return result[0]


CLAIM = Claim(
    name="zigzag",
    number="7",
    title="Strictly positive inputs zigzag; centered, uncorrelated inputs of equal variance learn faster",
    question="Can the weights of a neuron with strictly positive inputs only go up or down together, so that it "
    "zigzags, and how much faster is learning once the mean is removed, the inputs are decorrelated and have equal "
    "variances?",
    section="4",
    formula="ΔW = ηδxᵀ: with all of x above 0 each step has the sign of δ in all weights, northeast or southwest.",
    method="A linear neuron with two inputs and no bias learns online along the line from northwest to southeast, "
    "once with inputs from 0.1 to 1 and once with their mean removed, each with the fastest of its rates. A linear "
    "neuron on a table of positive, correlated columns goes down all rows at once with the best rate that there is, "
    "2/(λ_max + λ_min) of the Hessian Σ[1 x]ᵀ[1 x]/N; a network with a hidden layer learns digits, each way of "
    "inputs with the fastest of its rates; both rates are chosen by a seed of their own. Confirmed if each way is "
    "faster than the one before it, in table and digits; within limits if the zigzag is there. A first run took "
    "each seed's own best rate, and whole epochs: the same verdict, with 5.5, 3, 4 and 5 epochs on digits.",
    keys={
        "seeds": list_of(whole),
        "rate_seed": whole,
        **dict.fromkeys(("path_rows", "path_epochs", "table_rows", "table_columns", "table_epochs"), whole),
        **dict.fromkeys(("rows", "hidden", "batch_size", "epochs", "components"), whole),
        **dict.fromkeys(("path_rates", "learning_rates"), list_of(finite)),
        **dict.fromkeys(("path_near", "table_spread", "table_correlation", "table_near", "target_error"), finite),
        **dict.fromkeys(("level", "detour", "faster"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
