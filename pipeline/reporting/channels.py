"""Which setting of a sweep its figures tell by color, which by stroke, which by marker; and the legend of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipeline.reporting import style

OTHERS = "others"
KINDS = ("color", "linestyle", "marker")  # in the order in which settings get them
ROOM = {"color": len(style.PALETTE), "linestyle": len(style.STROKES), "marker": len(style.MARKERS)}
PLAIN: dict[str, Any] = {"color": style.PALETTE[0], "linestyle": "-", "marker": ""}


@dataclass(frozen=True)
class Channels:
    """How the trials of a sweep look.

    values: setting → its values in the order of the legend; kinds: setting → color, linestyle or marker; of: setting →
    the value of each trial.
    """

    values: Mapping[str, Sequence[str]]
    kinds: Mapping[str, str]
    of: Mapping[str, Sequence[str]]

    def look(self, trial: int) -> dict[str, Any]:
        """Color, linestyle and marker of a trial, as matplotlib takes them."""
        own = {self.kinds[name]: self._drawn(name, self.of[name][trial]) for name in self.kinds}
        return PLAIN | own

    def _drawn(self, name: str, value: str) -> Any:
        kind, place = self.kinds[name], list(self.values[name]).index(value)
        if value == OTHERS:
            return style.SOFT
        return {"color": style.color, "linestyle": style.stroke, "marker": style.marker}[kind](place)

    def legend(self, figure: Figure) -> None:
        """Below the axes, a column for each setting, in the settings' order."""
        columns = [self._column(name) for name in self.kinds]
        longest = max(map(len, columns), default=0)
        handles = [one for column in columns for one in [*column, *[_blank("")] * (longest - len(column))]]
        if handles:
            figure.legend(handles=handles, loc="outside lower left", ncols=len(columns), handlelength=2.4)

    def _column(self, name: str) -> list[Line2D]:
        kind = self.kinds[name]
        plain = PLAIN | {"color": style.SOFT} if kind != "color" else PLAIN
        looks = [(value, plain | {kind: self._drawn(name, value)}) for value in self.values[name]]
        return [_blank(name), *(Line2D([], [], label=value, **look) for value, look in looks)]


def channels(settings: Mapping[str, Sequence[str]]) -> Channels:
    """A channel for each setting, color for the one with the most values.

    Where there are more settings than channels, or more values than a channel has, each trial has a color instead, and
    from the eighth on all are the others.

    Args:
        settings: name → the value of each trial, as text, the best trial first.
    """
    values = {name: sorted(set(found), key=natural) for name, found in settings.items()}
    order = sorted(values, key=lambda name: -len(values[name]))  # stable: the first of those with as many
    kinds = dict(zip(order, KINDS, strict=False))
    if len(order) > len(KINDS) or any(len(values[name]) > ROOM[kinds[name]] for name in order):
        return _singly([", ".join(parts) for parts in zip(*settings.values(), strict=True)], ", ".join(settings))
    return Channels(values, {name: kinds[name] for name in settings}, settings)


def _singly(labels: Sequence[str], name: str) -> Channels:
    known = list(dict.fromkeys(labels))
    shown = known if len(known) <= ROOM["color"] else [*known[: ROOM["color"] - 1], OTHERS]
    return Channels({name: shown}, {name: "color"}, {name: [one if one in shown else OTHERS for one in labels]})


def _blank(label: str) -> Line2D:
    return Line2D([], [], linestyle="none", label=label)


def natural(text: str) -> tuple[bool, int, list[float], str]:
    """Numbers by size, then lists such as 30-30 by length and size, then words by letters."""
    try:
        return False, 1, [float(text)], text
    except ValueError:
        parts = text.split("-")
        numbers = [float(part) for part in parts if part.isdigit()]
        return len(numbers) < len(parts), len(parts), numbers, text
