"""Plots as SVG text: the same data give the same bytes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from pipeline.reporting import style
from pipeline.reporting.findings import SHARES, score_text
from pipeline.reporting.style import INK, ON_LIGHT, PALETTE, PAPER, SOFT, drawing

CHOSEN, TRAIN = PALETTE[1], PALETTE[0]
Curve = Sequence[float]


def learning_curves(history: Mapping[str, Curve], best_epoch: int, names: Sequence[str]) -> str:
    """Training and validation curves of one trial, one panel per name in ``names`` (loss, error, mse).

    The final fit of a cross-validation has no validation curve.
    """
    with drawing(7.6, 2.7, len(names)) as (panels, result):
        for axes, name in zip(panels, names, strict=True):
            parts = {"train": TRAIN, "validation": CHOSEN}
            drawn = {part: history[f"{part}/{name}"] for part in parts if f"{part}/{name}" in history}
            for part, values in drawn.items():
                axes.plot(history["epoch"], values, color=parts[part], linewidth=1.6, label=part)
            axes.axvline(best_epoch, color=SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
            axes.set(title=name, xlabel="epoch")
            style.whole(axes.xaxis)
            style.suit(axes, list(drawn.values()))
            _as_people_read(axes.yaxis, name)
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
    with drawing(7.6, 3.0) as ((axes,), result):
        for i, (label, (history, chosen)) in enumerate(curves.items()):
            color, width = (CHOSEN, 2.4) if chosen else (PALETTE[i % len(PALETTE)], 1.3)
            front = 5 if chosen else 3
            (line,) = axes.plot(
                history["epoch"], history[metric], color=color, linewidth=width, label=label, zorder=front
            )
            line.set_linestyle("-" if chosen else style.stroke(i // len(PALETTE)))
            train = history.get(train_metric)
            if train is not None and metric != train_metric:
                axes.plot(history["epoch"], train, color=color, linewidth=0.8, linestyle=(0, (1, 2)), alpha=0.8)
        axes.set(xlabel="epoch", title=f"{metric} by epoch{'' if metric == train_metric else ' (dotted: training)'}")
        style.whole(axes.xaxis)
        style.suit(axes, [history[metric] for history, _ in curves.values()])
        _as_people_read(axes.yaxis, metric)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    return result[0]


def _as_people_read(axis: Axis, metric: str) -> None:
    """Shares in per cent, as the tables beside the figure have them."""
    if metric.rpartition("/")[2] in SHARES:
        style.percent(axis)


def scores_by_setting(settings: Mapping[str, Sequence[str]], scores: Sequence[float], metric: str, chosen: int) -> str:
    """The trials' scores against each setting that the experiment varies.

    Args:
        settings: name → the value of each trial, as text; scores: (trials,); chosen: index, or -1.
    """
    with drawing(7.6, 2.2, len(settings)) as (panels, result):
        for axes, (name, values) in zip(panels, settings.items(), strict=True):
            ticks = sorted(set(values), key=_natural)
            places = [ticks.index(value) for value in values]
            colors = [CHOSEN if i == chosen else PALETTE[0] for i in range(len(values))]
            axes.scatter(places, scores, c=colors, s=26, alpha=0.85, linewidths=0, zorder=3)
            axes.set(title=name, xlim=(-0.5, len(ticks) - 0.5))
            axes.set_xticks(range(len(ticks)), ticks)
            axes.grid(visible=False, axis="x")
            _as_people_read(axes.yaxis, metric)
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


def parallel(settings: Mapping[str, Sequence[str]], scores: Sequence[float], metric: str, chosen: int) -> str:
    """Parallel coordinates: one axis for each setting, the score's on the right; a line is a trial, dark if good.

    Args:
        settings: name → the value of each trial, as text; scores: (trials,), the best first; chosen: index, or -1.
    """
    heights, ticks = [], []
    for values in settings.values():
        names = sorted(set(values), key=_natural)
        heights.append([names.index(value) / max(len(names) - 1, 1) for value in values])
        ticks.append(names)
    low, high = min(scores), max(scores)
    behind = [abs(score - scores[0]) / ((high - low) or 1.0) for score in scores]
    with drawing(7.6, 3.2) as ((axes,), result):
        for i in sorted(range(len(scores)), key=lambda i: (i == chosen, -behind[i])):
            line = [*(height[i] for height in heights), (scores[i] - low) / ((high - low) or 1.0)]
            color, width, alpha = (CHOSEN, 2.4, 1.0) if i == chosen else (PALETTE[0], 1.2, 1 - 0.75 * behind[i])
            axes.plot(range(len(line)), line, color=color, linewidth=width, alpha=alpha)
        ends = [score_text(metric, score) for score in dict.fromkeys((low, high))]
        _write_axes(axes, [*settings, metric], [*ticks, ends])
    return result[0]


def _write_axes(axes: Axes, names: Sequence[str], ticks: Sequence[Sequence[str]]) -> None:
    """An upright axis for each name, with its ticks from 0 to 1 written on it."""
    axes.set_axis_off()
    axes.set(xlim=(-0.3, len(names) - 0.55), ylim=(-0.08, 1.16))
    box = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
    for place, (name, values) in enumerate(zip(names, ticks, strict=True)):
        axes.axvline(place, ymin=0.06, ymax=0.87, color=SOFT, linewidth=0.8, zorder=1)
        axes.text(place, 1.1, name, ha="center", va="bottom", fontsize=9)
        for step, value in enumerate(values):
            height = step / max(len(values) - 1, 1)
            axes.text(place + 0.03, height, value, ha="left", va="center", fontsize=8, zorder=6, bbox=box)


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """A reliability diagram: for each bin the mean probability said, the share that was right, and its rows."""
    said, right, rows = zip(*bins, strict=True)
    with drawing(3.9, 3.7) as ((axes,), result):
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.plot(said, right, color=PALETTE[0], linewidth=1.2)
        axes.scatter(said, right, s=26, color=PALETTE[0], zorder=3, clip_on=False)
        low = max(0.0, min(*said, *right) - 0.05)
        axes.set(xlim=(low, 1.01), ylim=(low, 1.01), xlabel="probability said", ylabel="share right")
        axes.set_aspect("equal")
        axes.set_title(f"{len(rows)} bins of about {min(rows):,} rows")
    return result[0]


def by_layer(epochs: Curve, panels: Mapping[str, Sequence[Curve]]) -> str:
    """One panel per measurement, one curve per layer by epoch."""
    with drawing(7.6, 2.6, len(panels)) as (places, result):
        for axes, (title, curves) in zip(places, panels.items(), strict=True):
            for i, curve in enumerate(curves):
                axes.plot(epochs, curve, color=PALETTE[i % len(PALETTE)], linewidth=1.4, label=f"layer {i + 1}")
            axes.set(title=title, xlabel="epoch")
            style.whole(axes.xaxis)
            style.suit(axes, curves)
            if not np.any(curves):
                axes.set_ylim(-0.02, 1)
        places[0].legend(loc="best", fontsize=8.5)
    return result[0]


def images(rows: Sequence[np.ndarray], shape: tuple[int, ...], titles: Sequence[str]) -> str:
    """Rows (pixels,) as pictures of ``shape`` beside each other, four in a line."""
    across = 4
    down = -(-len(rows) // across)
    with drawing(7.6, 2.1 * down, across, down) as (places, result):
        for axes in places:
            axes.set_axis_off()
        for axes, row, title in zip(places, rows, titles, strict=False):
            picture = np.asarray(row, float).reshape(shape if shape[2:] != (1,) else shape[:2])
            low, high = float(picture.min()), float(picture.max())
            axes.imshow((picture - low) / ((high - low) or 1.0), cmap="gray_r", vmin=0, vmax=1)
            axes.set_title(title, loc="center", fontsize=8.5)
    return result[0]


def influences(bars: Mapping[str, tuple[float, float]], metric: str) -> str:
    """By how much the metric grows with each column shuffled, and the spread of it: column → (increase, spread)."""
    names, places = list(bars), range(len(bars))
    with drawing(7.6, 0.7 + 0.26 * len(names)) as ((axes,), result):
        grown, spread = np.array(list(bars.values())).T
        axes.barh(places, grown, xerr=spread, color=PALETTE[0], height=0.62, ecolor=SOFT, error_kw={"linewidth": 1.0})
        axes.set_yticks(places, [name if len(name) <= 40 else f"{name[:39]}…" for name in names])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        _as_people_read(axes.xaxis, metric)
        axes.set(xlabel=f"growth of {metric} when the column is shuffled")
    return result[0]


def confusion(counts: np.ndarray, classes: Sequence[str]) -> str:
    """The confusion matrix (classes, classes): rows are true classes, colored by the share of the true class."""
    size = min(7.6, 1.6 + 0.42 * len(classes))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with drawing(size, size * 0.92) as ((axes,), result):
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
        color = "white" if share[i, j] > 0.55 else ON_LIGHT if i == j else CHOSEN
        axes.text(j + 0.5, i + 0.5, str(counts[i, j]), ha="center", va="center", color=color, fontsize=8.5)
