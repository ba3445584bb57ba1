"""Claim 13: early stopping saves epochs and error (notes §5)."""

from functools import partial

import numpy as np

from pipeline.claims.claim import Claim, Judgment, Results, Values, graded
from pipeline.claims.judging import smaller
from pipeline.claims.material import Material, digits
from pipeline.claims.trained import Curves, run
from pipeline.feed.dealing import split
from pipeline.feed.rows import Rows
from pipeline.fields import finite, list_of, mapping, whole
from pipeline.reporting import style
from pipeline.training.determinism import side_by_side
from pipeline.training.stopping import Progress, Stopping

Array = np.ndarray


def measure(settings: Values) -> Results:
    """For each share of wrong labels and each seed: where patience stops, what it keeps, and what no stopping gives."""
    return {
        str(share): side_by_side([partial(_one, settings, share, seed) for seed in settings["seeds"]])
        for share in settings["wrong_labels"]
    }


def _one(settings: Values, share: float, seed: int) -> Results:
    """The whole training, measured on both parts, and what the pipeline's own rule makes of its curve."""
    parts = settings["stopping_rows"], settings["fresh_rows"]
    train, held_out, schema = digits(settings["rows"], seed, sum(parts))
    assert held_out is not None
    train = _mislabeled(train, share, len(schema.classes), seed)
    stopping, fresh = (
        run(settings["training"], Material(train, held_out.take(part), schema), seed, settings["epochs"]).curves
        for part in split(held_out.y, None, parts, seed, stratify=True)
    )
    stopped, kept = _stopped(stopping, Stopping(epochs=settings["epochs"], patience=settings["patience"]))
    error = fresh["validation/error"]
    return {
        "stopped": stopped,
        "kept": kept,
        "error_kept": error[kept - 1],
        "error_last": error[-1],
        "loss_kept": fresh["validation/loss"][kept - 1],
        "loss_last": fresh["validation/loss"][-1],
        "fresh_error": error,
        "train_error": fresh["train/error"],
    }


def _mislabeled(rows: Rows, share: float, classes: int, seed: int) -> Rows:
    """The rows with another class, by chance, in so large a share of them."""
    rng = np.random.default_rng((559, seed))
    wrong, y = rng.permutation(len(rows))[: round(share * len(rows))], rows.y.copy()
    y[wrong] = (y[wrong] + rng.integers(1, classes, len(wrong))) % classes
    return Rows(rows.X, y)


def _stopped(curves: Curves, limits: Stopping) -> tuple[int, int]:
    """The epoch at which the rule ends the training, and the one whose weights it keeps."""
    progress = Progress(limits)
    for epoch, values in enumerate(zip(*curves.values(), strict=True), 1):
        record = dict(zip(curves, values, strict=True))
        progress.observe(epoch, record["validation/error"], record)
        if progress.verdict():
            break
    return epoch, progress.best_epoch


def _facts(settings: Values, results: Results) -> list[dict[str, float]]:
    """For each share of wrong labels: share of epochs trained, errors kept and last, p that the kept one is lower."""
    found = []
    for share in settings["wrong_labels"]:
        kept, last, stopped = (
            _over_seeds(results[str(share)], name) for name in ("error_kept", "error_last", "stopped")
        )
        trained = float(stopped.mean()) / settings["epochs"]
        middle = {"trained": trained, "kept": float(kept.mean()), "last": float(last.mean())}
        found.append({"share": share, "p": smaller(kept, last), **middle})
    return found


def _over_seeds(runs: list[Results], name: str) -> Array:
    return np.array([run[name] for run in runs])


def judge(settings: Values, results: Results) -> Judgment:
    """Confirmed: it saves epochs, and error with all labels; within limits: error with some, and does no harm."""
    found = _facts(settings, results)
    saved = all(one["trained"] <= settings["saved"] for one in found)
    better = [one["p"] < settings["level"] / len(found) for one in found]
    harmless = [yes or one["kept"] - one["last"] <= settings["worse"] for yes, one in zip(better, found, strict=True)]
    errors = "; ".join(f"{one['kept']:.2%} instead of {one['last']:.2%} with {_labels(one)}" for one in found)
    epochs = ", ".join(f"{one['trained']:.0%} of the epochs (p = {one['p']:.2g})" for one in found)
    told = f"The fresh error is {errors}. Over {len(settings['seeds'])} seeds it trains, in this order, {epochs}."
    return graded(saved and all(better), saved and any(better) and all(harmless), told)


def _labels(one: dict[str, float]) -> str:
    return f"{one['share']:.0%} of the labels wrong" if one["share"] else "the labels as they are"


def draw(settings: Values, results: Results) -> str:
    """Fresh and training error by epoch, and where the training is stopped and whose weights are kept."""
    epochs = range(1, settings["epochs"] + 1)
    with style.drawing(
        style.NARROW, len(settings["wrong_labels"]) * style.HIGH, down=len(settings["wrong_labels"])
    ) as (panels, svg):
        for axes, share in zip(panels, settings["wrong_labels"], strict=True):
            runs = results[str(share)]
            style.band(axes, epochs, [run["train_error"] for run in runs], style.color(0), "training rows")
            style.band(axes, epochs, [run["fresh_error"] for run in runs], style.color(1), "fresh rows")
            axes.axvline(
                _over_seeds(runs, "kept").mean(), color=style.color(2), linestyle=style.stroke(1), label="kept, mean"
            )
            axes.axvline(
                _over_seeds(runs, "stopped").mean(),
                color=style.color(2),
                linestyle=style.stroke(2),
                label="stopped, mean",
            )
            axes.set(title=f"{100 * share:.0f} % of the labels wrong", xlabel="epoch", ylabel="error", ylim=0)
            style.percent(axes.yaxis)
        panels[0].legend(loc=(0.4, 0.2))
    return svg[0]


CLAIM = Claim(
    name="early_stopping",
    number="13",
    title="Early stopping saves epochs and error",
    question="Does a training that ends once the validation error stops falling save epochs, and error on fresh rows?",
    section="5",
    formula="stop at the first epoch t with t − argmin E_validation ≥ patience; keep the weights of the argmin",
    method="Networks are trained to the end, and at each epoch measured on rows that stop them and on fresh rows"
    " that decide nothing. The pipeline's own stopping rule then says where each would have ended. Where "
    "the notes speak of test rows, other rows serve: those that the default split seals are not among "
    "them. Once with the labels as they are, once with a share of the training labels wrong, so that "
    "there is noise to be learned by heart.",
    keys={
        "seeds": list_of(whole),
        "rows": whole,
        "stopping_rows": whole,
        "fresh_rows": whole,
        "wrong_labels": list_of(finite),
        "epochs": whole,
        "patience": whole,
        "training": mapping,
        "saved": finite,
        "level": finite,
        "worse": finite,
    },
    measure=measure,
    judge=judge,
    draw=draw,
)
