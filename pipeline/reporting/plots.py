"""Plots as SVG text: the same data give the same bytes."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK, SOFT, LINE = "#1d2433", "#667085", "#e4e7ec"
CHOSEN, TRAIN = "#c2410c", "#94a3b8"
PALETTE = ("#2563eb", "#0d9488", "#9333ea", "#ca8a04", "#db2777", "#4d7c0f", "#0891b2", "#7c3aed", "#b45309", "#475569")
STYLE: Any = {
    "svg.hashsalt": "holdout",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "text.color": INK,
}
Curve = Sequence[float]


@contextmanager
def _figure(width: float, height: float, panels: int = 1) -> Iterator[tuple[list[Axes], list[str]]]:
    """Axes to draw on, and a list that receives the SVG's text at the end."""
    result: list[str] = []
    with mpl.rc_context():
        mpl.rcdefaults()  # a person's own matplotlibrc must not change the report
        mpl.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        yield list(figure.subplots(1, panels, squeeze=False)[0]), result
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        text = stream.getvalue()
        result.append(text[text.index("<svg") :].strip())


def learning_curves(history: Mapping[str, Curve], best_epoch: int, names: Sequence[str]) -> str:
    """Training and validation curves of one trial, one panel per name in ``names`` (loss, error, mse).

    The final fit of a cross-validation has no validation curve.
    """
    with _figure(7.6, 2.7, len(names)) as (panels, result):
        for axes, name in zip(panels, names, strict=True):
            parts = {"train": TRAIN, "validation": CHOSEN}
            drawn = {part: history[f"{part}/{name}"] for part in parts if f"{part}/{name}" in history}
            for part, values in drawn.items():
                axes.plot(history["epoch"], values, color=parts[part], linewidth=1.6, label=part)
            axes.axvline(best_epoch, color=SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
            axes.set(title=name, xlabel="epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            _positive_log(axes, list(drawn.values()))
        panels[-1].legend(loc="best")
    return result[0]


def sweep_curves(curves: Mapping[str, tuple[Mapping[str, Curve], bool]], metric: str) -> str:
    """One experiment: the validation curves of its trials by label, the chosen one in front, training dotted.

    Args:
        curves: label → (history, whether this trial was chosen). Without validation curves, as in the final fit of a
            cross-validation, the training curves are drawn in their place.
    """
    train_metric = metric.replace("validation/", "train/")
    if any(metric not in history for history, _ in curves.values()):
        metric = train_metric
    with _figure(7.6, 3.0) as ((axes,), result):
        for i, (label, (history, chosen)) in enumerate(curves.items()):
            color, width = (CHOSEN, 2.4) if chosen else (PALETTE[i % len(PALETTE)], 1.3)
            front = 5 if chosen else 3
            axes.plot(history["epoch"], history[metric], color=color, linewidth=width, label=label, zorder=front)
            train = history.get(train_metric)
            if train is not None and metric != train_metric:
                axes.plot(history["epoch"], train, color=color, linewidth=0.8, linestyle=(0, (1, 2)), alpha=0.8)
        axes.set(xlabel="epoch", title=f"{metric} by epoch{'' if metric == train_metric else ' (dotted: training)'}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _positive_log(axes, [history[metric] for history, _ in curves.values()])
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    return result[0]


def _positive_log(axes: Axes, curves: Sequence[Curve]) -> None:
    """A logarithmic scale where the curves span more than a factor of 20 and never reach zero."""
    values = np.concatenate([np.asarray(curve, float) for curve in curves])
    if len(values) and values.min() > 0 and values.max() / values.min() > 20:
        axes.set_yscale("log")


def scores_by_setting(settings: Mapping[str, Sequence[str]], scores: Sequence[float], metric: str, chosen: int) -> str:
    """The trials' scores against each setting that the experiment varies.

    Args:
        settings: name → the value of each trial, as text; scores: (trials,); chosen: index, or -1.
    """
    with _figure(7.6, 2.2, len(settings)) as (panels, result):
        for axes, (name, values) in zip(panels, settings.items(), strict=True):
            ticks = sorted(set(values), key=_natural)
            places = [ticks.index(value) for value in values]
            colors = [CHOSEN if i == chosen else PALETTE[0] for i in range(len(values))]
            axes.scatter(places, scores, c=colors, s=26, alpha=0.85, linewidths=0, zorder=3)
            axes.set(title=name, xlim=(-0.5, len(ticks) - 0.5))
            axes.set_xticks(range(len(ticks)), ticks)
            axes.grid(visible=False, axis="x")
        panels[0].set_ylabel(metric)
    return result[0]


def _natural(text: str) -> tuple[bool, int, list[float], str]:
    """Numbers by size, then lists such as 30-30 by length and size, then words by letters."""
    try:
        return False, 1, [float(text)], text
    except ValueError:
        parts = text.split("-")
        numbers = [float(part) for part in parts if part.isdigit()]
        return len(numbers) < len(parts), len(parts), numbers, text


def influences(bars: Mapping[str, tuple[float, float]], metric: str) -> str:
    """By how much the metric grows with each column shuffled, and the spread of it: column → (increase, spread)."""
    names, places = list(bars), range(len(bars))
    with _figure(7.6, 0.7 + 0.26 * len(names)) as ((axes,), result):
        grown, spread = np.array(list(bars.values())).T
        axes.barh(places, grown, xerr=spread, color=PALETTE[0], height=0.62, ecolor=SOFT, error_kw={"linewidth": 1.0})
        axes.set_yticks(places, [name if len(name) <= 40 else f"{name[:39]}…" for name in names])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=f"growth of {metric} when the column is shuffled")
    return result[0]


def confusion(counts: np.ndarray, classes: Sequence[str]) -> str:
    """The confusion matrix (classes, classes): rows are true classes, colored by the share of the true class."""
    size = min(7.6, 1.6 + 0.42 * len(classes))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with _figure(size, size * 0.92) as ((axes,), result):
        axes.pcolormesh(share, cmap="Blues", vmin=0, vmax=1.15, edgecolors="white", linewidth=1)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        centers = np.arange(len(classes)) + 0.5
        axes.set_xticks(centers, classes, rotation=90 if max(map(len, classes)) > 3 else 0)
        axes.set_yticks(centers, classes)
        axes.tick_params(length=0)
        axes.set(xlabel="predicted", ylabel="true")
        if len(classes) <= 20:
            _write_counts(axes, counts, share)
    return result[0]


def _write_counts(axes: Axes, counts: np.ndarray, share: np.ndarray) -> None:
    for i, j in np.argwhere(counts):
        color = "white" if share[i, j] > 0.55 else INK if i == j else CHOSEN
        axes.text(j + 0.5, i + 0.5, str(counts[i, j]), ha="center", va="center", color=color, fontsize=8.5)
