"""One bad input: how it is made, which stage meets it, and what the one line about it must name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Damage = Callable[[Path], object]
REFUSED, RETRAINED = "refused", "retrained"


@dataclass(frozen=True)
class Case:
    """damage: makes the bad input in a good project's folder; names: words that the line must hold.

    base: the good project (see projects.py); words: the command line of the stage; hostile: made to run code, to
    leave its folder or to exhaust memory; outcome: a damaged trial of the store is not refused but retrained.
    """

    name: str
    damage: Damage
    names: tuple[str, ...] = ()
    stage: str = "prepare"
    base: str = "file"
    words: tuple[str, ...] = ()
    hostile: bool = False
    outcome: str = REFUSED


def in_file(path: str, content: str | bytes) -> Damage:
    """A damage that writes ``content`` to ``path`` in the project."""

    def damage(folder: Path) -> None:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    return damage


def all_of(*damages: Damage) -> Damage:
    """Several damages, one after the other."""

    def damage(folder: Path) -> None:
        for one in damages:
            one(folder)

    return damage


def removed(path: str) -> Damage:
    return lambda folder: (folder / path).unlink()
