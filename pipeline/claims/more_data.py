"""Claim 12: more training data narrows the gap between training and held-out rows (notes §5)."""

from functools import partial

import numpy as np
import scipy  # loads its parts when they are first used

from pipeline.claims.claim import Claim, Judgment, Results, Values
from pipeline.claims.full_mnist import ABSENT, training_images
from pipeline.claims.grading import by_parts, median, median_ratio
from pipeline.claims.judging import smaller
from pipeline.claims.material import Material, digits
from pipeline.claims.notes_network import learned
from pipeline.fields import finite, list_of, text, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side

Pair = list[float]  # error of the training rows, and of the held-out ones


def measure(settings: Values) -> Results:
    """Both errors after the last epoch, by seed and number of rows; full: of the full training file, if it is there."""
    default = [
        partial(_errors, settings, digits(rows, seed, settings["held_out"]), seed)
        for seed in settings["seeds"]
        for rows in settings["sizes"]
    ]
    full = [
        partial(_errors, settings, on, seed)
        for seed in settings["mnist_seeds"]
        for rows in settings["mnist_sizes"]
        if (on := training_images(settings["mnist"], rows, settings["mnist_held_out"], seed)) is not None
    ]
    found = side_by_side(default + full)
    many, some = len(settings["sizes"]), len(settings["mnist_sizes"])
    last = found[len(default) :]
    return {
        "default": [found[at : at + many] for at in range(0, len(default), many)],
        "full": [last[at : at + some] for at in range(0, len(last), some)],
    }


def _errors(settings: Values, on: Material, seed: int) -> Pair:
    curves = learned(settings, on, seed, settings["epochs"])
    return [curves["error"][-1], curves["held_error"][-1]]


def gaps(seeds: list[list[Pair]]) -> list[list[float]]:
    """Held-out less training error, by seed and number of rows."""
    return [[held - train for train, held in one] for one in seeds]


def judge(settings: Values, results: Results) -> Judgment:
    """The trend is the essential part; then by how much the gap shrinks."""
    found = gaps(results["default"])
    falling = [list(reversed(one)) for one in found]  # Page's alternative is that they rise
    trend = float(scipy.stats.page_trend_test(falling).pvalue)
    fewest, most = [one[0] for one in found], [one[-1] for one in found]
    narrower = median_ratio(most, fewest)
    essential = {"the gap narrows with the rows": trend <= settings["level"]}
    held = {
        "much narrower": narrower <= settings["narrower"] and smaller(most, fewest) <= settings["level"],
    }
    middle = [100 * median([one[place] for one in found]) for place in range(len(settings["sizes"]))]
    numbers = (
        f"The gap, held-out less training error after {settings['epochs']} epochs, is "
        f"{', '.join(f'{gap:.1f}' for gap in middle)} points with "
        f"{', '.join(f'{rows:,}' for rows in settings['sizes'])} training rows (medians; Page's p = {trend:.1e}): "
        f"with the most {narrower:.2f} times that with the fewest."
    )
    return by_parts(essential | held, essential, f"{numbers} {_full(settings, results['full'])}")


def _full(settings: Values, seeds: list[list[Pair]]) -> str:
    if not seeds:
        return f"{ABSENT}."
    found = gaps(seeds)
    middle = [100 * median([one[place] for one in found]) for place in range(len(settings["mnist_sizes"]))]
    return (
        f"On the full training file it is {', '.join(f'{gap:.1f}' for gap in middle)} points with "
        f"{', '.join(f'{rows:,}' for rows in settings['mnist_sizes'])} rows."
    )


def draw(settings: Values, results: Results) -> str:
    """Training and held-out error by the number of training rows: the gap is what lies between."""
    parts = [("default", "sizes", "default data")] + ([("full", "mnist_sizes", "full file")] if results["full"] else [])
    with style.drawing(style.NARROW, len(parts) * style.HIGH, down=len(parts)) as (panels, result):
        for axes, (part, sizes, title) in zip(panels, parts, strict=True):
            errors = np.array(results[part])
            for number, label in enumerate(("training", "held out")):
                curves, stroke = errors[..., number], style.stroke(number)
                style.band(axes, settings[sizes], curves, style.color(number), label, stroke=stroke)
            axes.set_xscale("log")
            axes.set_xticks(settings[sizes], [f"{rows:,}" for rows in settings[sizes]], rotation=45)
            axes.minorticks_off()
            axes.set(xlabel="training rows", title=title, ylim=(-0.01, None))
            style.percent(axes.yaxis)
        panels[0].set_ylabel(f"error after {settings['epochs']} epochs")
        panels[0].legend(loc="best")
    return result[0]


CLAIM = Claim(
    name="more_data",
    number="12",
    title="More training data narrows the gap",
    question="Does the difference between held-out and training error shrink as the training set grows?",
    section="5",
    formula="“there is still overfitting going on but it is on a much less serious scale: the performance with the "
    "test data and the training data are much closer”.",
    method="784-30-10 logistic units with cross-entropy, as in the notes' figures, on more and more of the same "
    "images; the notes show test rows, here rows are held out. Confirmed if the gap falls with the number of rows "
    "(Page's trend test over the seeds) and ends at most at the share of what it is with the fewest; within limits "
    "if it only falls. The full MNIST training file, where it is there, is reported beside it.",
    keys={
        "seeds": list_of(whole),
        "mnist_seeds": list_of(whole),
        **dict.fromkeys(("sizes", "mnist_sizes"), list_of(whole)),
        "mnist": text,
        **dict.fromkeys(("held_out", "hidden", "epochs", "batch_size", "mnist_held_out"), whole),
        **dict.fromkeys(("learning_rate", "sigma", "level", "narrower"), finite),
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
