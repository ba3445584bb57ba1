"""Claim 1: each derivative is the signal before the weight going forward times the one before it going back."""

from typing import Any

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.fields import finite, list_of, texts, whole
from pipeline.nn.network import Architecture
from pipeline.reporting import style
from pipeline.worked import FLOAT, Problem, Worked, drawn, work

Array = np.ndarray
EVERY, SHARES = 10, np.linspace(0, 1, 41)  # of what the figure shows


def measure(settings: Values) -> Results:
    """For each activation the products of all weights of its networks, and the differences beside them."""
    found: Results = {}
    for name in settings["activations"]:
        pairs = [_pairs(name, tuple(sizes), seed) for sizes in settings["networks"] for seed in settings["seeds"]]
        products, swapped, differences = (np.concatenate(part).tolist() for part in zip(*pairs, strict=True))
        found[name] = {"product": products, "swapped": swapped, "difference": differences}
    return found


def _pairs(name: str, sizes: tuple[int, ...], seed: int) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    x, d = rng.standard_normal(sizes[0]), rng.uniform(-0.9, 0.9, sizes[-1])
    architecture = Architecture(sizes, (name,) * (len(sizes) - 1), "squared_error")
    weights = [w.astype(FLOAT) for w in drawn(sizes, seed)]
    found = work(Problem(architecture, weights, x, d, 0.1))
    return _flat(_products(found)), _flat(_swapped(found)), _flat(found.numeric)


def _products(found: Worked) -> list[Array]:
    """−δ_l [1 y_{l−1}]ᵀ, of layer l (m_l, m_{l−1}+1)."""
    return [-np.outer(delta, below) for delta, below in zip(found.delta, found.below, strict=True)]


def _swapped(found: Worked) -> list[Array]:
    """The same by a wrong rule, which leaves φ′ out of the signal going back: the differences must tell."""
    return [
        -np.outer(delta / slope, below)
        for delta, slope, below in zip(found.delta, found.slope, found.below, strict=True)
    ]


def _flat(layers: list[Array]) -> Array:
    return np.concatenate([layer.ravel() for layer in layers])


def _errors(found: dict[str, Any], which: str) -> Array:
    """|product − difference| / (1 + |difference|) of each weight."""
    product, difference = np.array(found[which]), np.array(found["difference"])
    errors: Array = np.abs(product - difference) / (1 + np.abs(difference))
    return errors


def judge(settings: Values, results: Results) -> Judgment:
    """Exact, so no chance is in it: all products, or nearly all, are their differences."""
    errors = np.concatenate([_errors(found, "product") for found in results.values()])
    wrong = np.concatenate([_errors(found, "swapped") for found in results.values()])
    near = float((errors <= settings["within"]).mean())
    numbers = (
        f"The largest of {len(errors):,} differences is {errors.max():.1e}. Where φ′ is left out of the signal going "
        f"back, {100 * (wrong > settings['within']).mean():.3g} % of the products are off, by up to {wrong.max():.2g}."
    )
    return graded(near == 1, near >= settings["most"], numbers)


def draw(settings: Values, results: Results) -> str:
    """Products beside differences, and how far apart they are."""
    with style.drawing(style.NARROW, 2 * style.HIGH, down=2) as ((left, right), svg):
        for number, (name, found) in enumerate(results.items()):
            color = style.color(number)
            some = slice(None, None, EVERY)
            pair = found["difference"][some], found["product"][some]
            left.plot(*pair, style.marker(number), color=color, ms=3.5, label=name)
            errors = np.quantile(_errors(found, "product"), SHARES)
            right.plot(SHARES, errors, color=color, linestyle=style.stroke(number))
        left.set(xlabel="∂E/∂w by differences", ylabel="− forward × backward signal", title=f"every {EVERY}th weight")
        right.axhline(settings["within"], color=style.SOFT, linewidth=0.8)
        right.set(xlabel="share of the weights", ylabel="relative error", title="sorted by error", yscale="log")
        style.percent(right.xaxis)
        left.legend()
    return svg[0]


CLAIM = Claim(
    name="hand_example",
    number="1",
    title="Each derivative is the forward signal times the backward signal",
    question="Is ∂E/∂w what the notes read off their drawings: the signal before w going forward × the one going back?",
    section="1",
    formula="∂E/∂w = − (the signal before multiplication by w in the feedforward network) × (the signal before "
    "multiplication by w in the feedback network).",
    method="Networks like the notes' 2-2-2 with weights, inputs and targets of several seeds, in float64. The product "
    "of the two signals is held against (8 (E(w+h) − E(w−h)) − (E(w+2h) − E(w−2h))) / 12h, for each weight by itself. "
    "It is an identity, so one weight that is off refutes it. The same with φ′ left out shows that the differences "
    "would tell. `python -m pipeline.explain` prints one such example in full.",
    keys={
        "networks": list_of(list_of(whole)),
        "activations": texts,
        "seeds": list_of(whole),
        "within": finite,
        "most": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
