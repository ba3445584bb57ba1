"""The one style of all figures, in report, claims, lessons and site: SVG text, the same bytes each time.

Color stands for one parameter, the stroke or the marker for another, or for the same one a second time. The colors are
far enough apart for people who see no red, no green or no blue, and stand out on light paper as on dark.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter

from pipeline.storage import documents

INK, SOFT, LINE, PAPER = "#1d2433", "#667085", "#e4e7ec", "#fefefe"
DARK = {INK: "#e6e9ef", SOFT: "#9aa4b5", LINE: "#2c3442", PAPER: "#171c25"}
# Where a page has colors of its own for these, it sets the variables.
VARIABLES = {INK: "var(--ink)", SOFT: "var(--soft)", LINE: "var(--line)", PAPER: "var(--paper)"}
ON_LIGHT = "#1d2434"  # as INK, on what is light by day and night
# CIEDE2000 >= 14 between any two, by any eye; contrast >= 3 to paper and dark paper (WCAG 2.2, 1.4.11): held by a test.
PALETTE = ("#7854c0", "#f06c00", "#307854", "#c078a8", "#cc1800", "#2fa677", "#905478", "#9c78fc")
STROKES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
WIDE, NARROW, HIGH = 7.6, 4.2, 2.9  # inches: of a figure that fills a page, of one that a phone shows whole; its height
FACTOR = 20  # a curve that spans more than this gets a logarithmic axis
RISE = 1.25  # unless it ends at more than so many times its least value: the rise would be lost
Drawing = tuple[list[Axes], list[str]]
SETTINGS: Any = {
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
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.5,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "text.color": INK,
}


@contextmanager
def drawing(width: float = NARROW, height: float = HIGH, across: int = 1, down: int = 1) -> Iterator[Drawing]:
    """Axes to draw on, line by line, and a list that receives the SVG's text at the end; sizes in inches.

    The text takes its ink and paper from the page around it; ``standalone`` makes a file of its own of it.

        with drawing(across=2) as ((left, right), svg):
            left.plot(epochs, losses)
        text = svg[0]
    """
    result: list[str] = []
    with mpl.rc_context():
        mpl.rcdefaults()  # a person's own matplotlibrc must not change a figure
        mpl.rcParams.update(SETTINGS)
        figure = Figure(figsize=(width, height), layout="constrained")
        yield list(figure.subplots(down, across, squeeze=False).flat), result
        text = _svg(figure)
        for color, variable in VARIABLES.items():
            text = text.replace(color, variable)
        result.append(text[text.index("<svg") :].strip())


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    # Not savefig: it draws each figure twice, first only to lay it out, which drawing does as well.
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(stream, metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def standalone(svg: str, title: str = "") -> str:
    """A drawing as the text of a file of its own: on paper, with real colors, and with others where it is dark.

    ``title`` is what a screen reader says of it.
    """
    for color, variable in VARIABLES.items():
        svg = svg.replace(variable, color)
    start = svg.index(">") + 1
    said = f"<title>{_escaped(title)}</title>\n" if title else ""
    paper = f'<rect width="100%" height="100%" style="fill: {PAPER}"/>\n'
    return f"{svg[:start]}\n{said}<style>{_by_night(svg)}</style>\n{paper}{svg[start:].lstrip()}\n"


def save(script: str, svg: Sequence[str], title: str) -> None:
    """Write the drawing as a file beside the script that drew it (``__file__``), under its name with .svg."""
    documents.write_text(Path(script).with_suffix(".svg"), standalone(svg[0], title))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _by_night(svg: str) -> str:
    """Rules that exchange ink and paper; what is drawn has its colors in its own style, which only these outdo."""
    pairs = [(kind, color) for color in DARK for kind in ("fill", "stroke") if color in svg or color == PAPER]
    rules = [f'[style*="{kind}: {color}"] {{ {kind}: {DARK[color]} !important }}' for kind, color in pairs]
    return "@media screen and (prefers-color-scheme: dark) { " + " ".join(rules) + " }"


def color(number: int) -> str:
    """The color of the ``number``-th value, from 0; they come again after the eighth, with another stroke."""
    return PALETTE[number % len(PALETTE)]


def stroke(number: int) -> Any:
    """The line style of the ``number``-th value of a second parameter, from 0."""
    return STROKES[number % len(STROKES)]


def marker(number: int) -> str:
    """The marker of the ``number``-th value, from 0."""
    return MARKERS[number % len(MARKERS)]


def band(
    axes: Axes, x: Sequence[float], ys: Any, color: str, label: str, spread: str = "range", stroke: Any = "-"
) -> None:
    """The mean of several seeds as a line, and around it their range, or one standard error up and down.

    Args:
        ys: (seeds, points); spread: ``range`` or ``standard error``.
    """
    values = np.asarray(ys, float)
    mean = values.mean(axis=0)
    if spread == "range":
        low, high = values.min(axis=0), values.max(axis=0)
    else:
        error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
        low, high = mean - error, mean + error
    axes.plot(x, mean, color=color, linestyle=stroke, label=label)
    axes.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)


def percent(axis: Axis) -> None:
    """Shares in per cent, as the tables beside the figure have them."""
    axis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def whole(axis: Axis) -> None:
    """Ticks at whole numbers only: epochs, units, copies."""
    axis.set_major_locator(MaxNLocator(integer=True))


def suit(axes: Axes, curves: Sequence[Any]) -> None:
    """A logarithmic scale where curves span more than a factor of 20 and never reach zero; linear where one rises.

    A cost that falls by powers of ten is legible on a logarithmic axis only, one that turns and rises on a linear one.
    """
    some = [np.asarray(curve, float) for curve in curves if len(curve)]
    if not some or any(rises(curve) for curve in some):
        return
    low, high = min(curve.min() for curve in some), max(curve.max() for curve in some)
    if low > 0 and high / low > FACTOR:
        logarithmic(axes)


def rises(curve: Any) -> bool:
    """Whether a curve ends well above its least value, which lies before its end."""
    return bool(curve[-1] > RISE * min(curve))


def logarithmic(axes: Axes) -> None:
    """A logarithmic scale whose ticks are written as people write numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
