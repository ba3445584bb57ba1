"""The comparison as a plot: each contestant's score over that of the tuned boosting, table by table."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.tables.page import AGAINST
from benchmarks.tables.running import OURS
from benchmarks.tables.standing import Standing

MOST = 3.0  # ratios above are drawn at the edge


def draw(found: Standing, path: Path) -> None:
    """One row of points per table, best to the left; ours filled; below, the mean ranks."""
    ratios = found.scores / found.scores[:, [found.names.index(AGAINST)]]
    height = 1.6 + 0.42 * len(found.tables)
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, height), width_ratios=(3, 2), layout="constrained")
    for column, name in enumerate(found.names):
        style = {"s": 90, "color": "black", "zorder": 3} if name == OURS else {"s": 36, "alpha": 0.8}
        left.scatter(np.minimum(ratios[:, column], MOST), range(len(found.tables)), label=name, **style)
    left.axvline(1, color="0.7", zorder=0)
    left.set_xscale("log")
    ticks = [0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3]
    left.set_xticks(ticks, [*map(str, ticks[:-1]), "≥ 3"])
    left.minorticks_off()
    left.set_yticks(range(len(found.tables)), [f"{n} ({s})" for n, s in zip(found.tables, found.splits, strict=True)])
    left.invert_yaxis()
    left.set_xlabel(f"error or RMSE over that of {AGAINST} (left is better)")
    left.legend(fontsize=8)
    _ranks(right, found)
    fig.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(fig)


def _ranks(axes: Axes, found: Standing) -> None:
    ranks = found.ranks.mean(axis=0)
    order = np.argsort(ranks)[::-1]
    names = [found.names[index] for index in order]
    axes.barh(names, ranks[order], color=["black" if name == OURS else "0.7" for name in names])
    for row, value in enumerate(ranks[order]):
        axes.text(value + 0.05, row, f"{value:.2f}", va="center", fontsize=9)
    axes.set_xlim(0, len(names) + 0.5)
    axes.set_xlabel(f"mean rank over {len(found.tables)} tables (1 is best)")
