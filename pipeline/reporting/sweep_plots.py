"""A sweep in figures: curves by epoch, and scores by the settings that it varies; both tell the settings alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from pipeline.reporting import style
from pipeline.reporting.channels import Channels, channels, natural
from pipeline.reporting.findings import SHARES, score_text
from pipeline.reporting.style import INK, NARROW, PAPER, SOFT, drawing

Settings = Mapping[str, Sequence[str]]  # name → the value of each trial, as text, the best trial first
THICK, THIN, FAINT = 2.6, 1.3, 0.6  # line widths: of the chosen trial, of the others, of training
MARKS = 6  # markers on a curve


def curves(settings: Settings, histories: Sequence[Mapping[str, Any]], metric: str, chosen: int = -1) -> str:
    """One curve for each trial by epoch, the chosen one thick; training thin, in the same color.

    Args:
        histories: of the trials; without validation curves, as in the final fit of a cross-validation, the training
            curves are drawn in their place. chosen: index, or -1.
    """
    train = metric.replace("validation/", "train/")
    if any(metric not in history for history in histories):
        metric = train
    looks = channels(settings)
    rows = max((len(found) for found in looks.values.values()), default=0)
    with drawing(NARROW, 2.7 + 0.19 * rows) as ((axes,), svg):
        for i in reversed(range(len(histories))):
            _curve(axes, histories[i], (metric, train), looks.look(i), i == chosen)
        axes.set(xlabel="epoch", ylabel=metric.replace("/", " "))
        if metric != train:
            axes.set_title("thin: the same on training rows", fontsize=8.5, color=SOFT)
        style.whole(axes.xaxis)
        style.suit(axes, [history[metric] for history in histories])
        as_people_read(axes.yaxis, metric)
        looks.legend(axes.figure)  # type: ignore[arg-type]
    return svg[0]


def _curve(
    axes: Axes, history: Mapping[str, Any], metrics: tuple[str, str], look: dict[str, Any], chosen: bool
) -> None:
    metric, train = metrics
    epochs = history["epoch"]
    marks: dict[str, Any] = {"markersize": 4.5, "markevery": max(len(epochs) // MARKS, 1)}
    width, front = (THICK, 5) if chosen else (THIN, 3)
    axes.plot(epochs, history[metric], linewidth=width, zorder=front, **marks, **look)
    if metric != train and train in history:
        thin = {"color": look["color"], "linestyle": look["linestyle"]}
        axes.plot(epochs, history[train], linewidth=FAINT, alpha=0.7, **thin)


def by_setting(settings: Settings, scores: Sequence[float], metric: str, chosen: int = -1) -> list[str]:
    """The trials' scores against each setting that the sweep varies, a drawing for each; the chosen one is ringed."""
    return [_against(name, values, scores, metric, chosen) for name, values in settings.items()]


def _against(name: str, values: Sequence[str], scores: Sequence[float], metric: str, chosen: int) -> str:
    ticks = sorted(set(values), key=natural)
    places = np.array([ticks.index(value) for value in values])
    with drawing(NARROW, 2.6) as ((axes,), svg):
        axes.scatter(places, scores, color=style.color(0), s=30, alpha=0.85, linewidths=0, zorder=3)
        if chosen >= 0:
            axes.scatter(places[chosen], scores[chosen], s=90, facecolors="none", edgecolors=INK, linewidths=1.4)
        axes.set(xlabel=name, ylabel=metric.replace("/", " "), xlim=(-0.5, len(ticks) - 0.5))
        axes.set_xticks(range(len(ticks)), ticks)
        axes.grid(visible=False, axis="x")
        as_people_read(axes.yaxis, metric)
    return svg[0]


def parallel(settings: Settings, scores: Sequence[float], metric: str, chosen: int = -1) -> str:
    """Parallel coordinates: one axis for each setting, the score's on the right; a line is a trial, faint if bad.

    Color and stroke are those of the curves.
    """
    ticks = {name: sorted(set(values), key=natural) for name, values in settings.items()}
    low, high = min(scores), max(scores)
    heights = [_heights([ticks[name].index(value) for value in values]) for name, values in settings.items()]
    heights.append(_heights(scores))
    looks = channels(settings)
    with drawing(max(NARROW, 1.1 * len(heights)), 2.9) as ((axes,), svg):
        for i in reversed(range(len(scores))):
            _line(axes, [column[i] for column in heights], looks, i, chosen)
        ends = [score_text(metric, score) for score in dict.fromkeys((low, high))]
        _write_axes(axes, [*settings, metric.replace("/", " ")], [*ticks.values(), ends])
    return svg[0]


def _heights(values: Sequence[float]) -> list[float]:
    """From 0 for the least value to 1 for the largest."""
    low, high = min(values), max(values)
    return [(value - low) / ((high - low) or 1.0) for value in values]


def _line(axes: Axes, heights: Sequence[float], looks: Channels, trial: int, chosen: int) -> None:
    look = {name: value for name, value in looks.look(trial).items() if name != "marker"}
    alpha = 1.0 if trial == chosen else 1 - 0.7 * heights[-1]
    width, front = (THICK, 5) if trial == chosen else (THIN, 3)
    axes.plot(range(len(heights)), heights, linewidth=width, alpha=alpha, zorder=front, **look)


def _write_axes(axes: Axes, names: Sequence[str], ticks: Sequence[Sequence[str]]) -> None:
    """An upright axis for each name, with its ticks from 0 to 1 written on it."""
    axes.set_axis_off()
    axes.set(xlim=(-0.35, len(names) - 0.45), ylim=(-0.08, 1.2))
    box = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85}
    for place, (name, values) in enumerate(zip(names, ticks, strict=True)):
        axes.axvline(place, ymin=0.06, ymax=0.85, color=SOFT, linewidth=0.8, zorder=1)
        axes.text(place, 1.07 + 0.09 * (place % 2), name, ha="center", va="bottom", fontsize=8.5)  # long names overlap
        for step, value in enumerate(values):
            height = step / max(len(values) - 1, 1)
            axes.text(place + 0.03, height, value, ha="left", va="center", fontsize=8, zorder=6, bbox=box)


def as_people_read(axis: Axis, metric: str) -> None:
    """Shares in per cent."""
    if metric.rpartition("/")[2] in SHARES:
        style.percent(axis)
