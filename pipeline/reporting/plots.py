"""Plots as SVG text: the same data give the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.reporting import style
from pipeline.reporting.style import INK, ON_LIGHT, PALETTE, SOFT, drawing
from pipeline.reporting.sweep_plots import as_people_read

PARTS: dict[str, Any] = {
    "train": {"color": PALETTE[0], "linestyle": style.stroke(1)},
    "validation": {"color": PALETTE[1], "linestyle": style.stroke(0)},
}
AMISS = PALETTE[4]  # what should not be there
LONG = 26  # characters of a name
Curve = Sequence[float]


def learning_curves(history: Mapping[str, Curve], best_epoch: int, names: Sequence[str]) -> list[str]:
    """Training and validation curves of one trial, a drawing for each of ``names`` (loss, error, mse).

    The final fit of a cross-validation has no validation curve.
    """
    return [_learning(history, best_epoch, name) for name in names]


def _learning(history: Mapping[str, Curve], best_epoch: int, name: str) -> str:
    drawn = {part: history[f"{part}/{name}"] for part in PARTS if f"{part}/{name}" in history}
    with drawing() as ((axes,), svg):
        for part, values in drawn.items():
            axes.plot(history["epoch"], values, **PARTS[part], label=part)
        axes.axvline(best_epoch, color=SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set(xlabel="epoch", ylabel=name)
        style.whole(axes.xaxis)
        style.suit(axes, list(drawn.values()))
        as_people_read(axes.yaxis, name)
        axes.legend(loc="best")
    return svg[0]


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
        style.percent(axes.xaxis)
        style.percent(axes.yaxis)
        axes.set_title(f"{len(rows)} bins of about {min(rows):,} rows")
    return result[0]


def by_layer(epochs: Curve, panels: Mapping[str, Sequence[Curve]]) -> list[str]:
    """A drawing for each measurement, one curve per layer by epoch; what is a share says so in its name.

    Of more layers than there are colors, a map: layers upward, epochs to the right.
    """
    if max(map(len, panels.values())) > len(PALETTE):
        return [_layer_map(epochs, title, curves) for title, curves in panels.items()]
    return [_layers(epochs, title, curves, first=place == 0) for place, (title, curves) in enumerate(panels.items())]


def _layers(epochs: Curve, title: str, curves: Sequence[Curve], first: bool) -> str:
    with drawing(3.2, 2.6) as ((axes,), svg):
        for i, curve in enumerate(curves):
            look = {"color": style.color(i), "linestyle": style.stroke(i)}
            axes.plot(epochs, curve, **look, label=f"layer {i + 1}")
        axes.set(xlabel="epoch", ylabel=title)
        style.whole(axes.xaxis)
        style.suit(axes, curves)
        if title.startswith("share"):
            style.percent(axes.yaxis)
        if not np.any(curves):
            axes.set_ylim(-0.02, 1)
        if first:
            axes.legend(loc="best")
    return svg[0]


def _layer_map(epochs: Curve, title: str, curves: Sequence[Curve]) -> str:
    values = np.asarray(curves, float)
    wide = values.min() > 0 and values.max() > style.FACTOR * values.min()
    with drawing(3.6, 2.6) as ((axes,), svg):
        edges = np.arange(len(curves) + 1) + 0.5, np.append(epochs, epochs[-1] + 1) - 0.5
        found = axes.pcolormesh(edges[1], edges[0], values, cmap="cividis", norm="log" if wide else "linear")
        axes.grid(visible=False)
        axes.set(xlabel="epoch", ylabel="layer, from the inputs on")
        style.whole(axes.xaxis)
        style.whole(axes.yaxis)
        side = axes.figure.colorbar(found, ax=axes, label=title)
        if title.startswith("share"):
            style.percent(side.ax.yaxis)
    return svg[0]


def images(rows: Sequence[np.ndarray], shape: tuple[int, ...], titles: Sequence[str]) -> list[str]:
    """Rows (pixels,) as pictures of ``shape``, a drawing for each."""
    return [_image(row, shape, title) for row, title in zip(rows, titles, strict=True)]


def _image(row: np.ndarray, shape: tuple[int, ...], title: str) -> str:
    picture = np.asarray(row, float).reshape(shape if shape[2:] != (1,) else shape[:2])
    low, high = float(picture.min()), float(picture.max())
    with drawing(1.75, 1.95) as ((axes,), svg):
        axes.set_axis_off()
        axes.imshow((picture - low) / ((high - low) or 1.0), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(title, loc="center", fontsize=8.5)
    return svg[0]


def influences(bars: Mapping[str, tuple[float, float]], metric: str) -> str:
    """By how much the metric grows with each column shuffled, and the spread of it: column → (increase, spread)."""
    names, places = list(bars), range(len(bars))
    with drawing(4.8, 0.7 + 0.26 * len(names)) as ((axes,), result):
        grown, spread = np.array(list(bars.values())).T
        axes.barh(places, grown, xerr=spread, color=PALETTE[0], height=0.62, ecolor=SOFT, error_kw={"linewidth": 1.0})
        axes.set_yticks(places, [name if len(name) <= LONG else f"{name[: LONG - 1]}…" for name in names])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(visible=False, axis="y")
        as_people_read(axes.xaxis, metric)
        axes.set(xlabel=f"growth of {metric} when the column is shuffled")
    return result[0]


def confusion(counts: np.ndarray, classes: Sequence[str]) -> str:
    """The confusion matrix (classes, classes): rows are true classes, colored by the share of the true class."""
    size = min(7.6, 1.2 + 0.34 * len(classes))
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
        color = "white" if share[i, j] > 0.55 else ON_LIGHT if i == j else AMISS
        axes.text(j + 0.5, i + 0.5, str(counts[i, j]), ha="center", va="center", color=color, fontsize=8.5)
