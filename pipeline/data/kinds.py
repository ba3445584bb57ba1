"""What each input column is, once all its rows were seen, and whether it can be used."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.data import identifiers
from pipeline.data.checks import counted
from pipeline.data.codes import MOST
from pipeline.data.collecting import Collected
from pipeline.data.facts import Facts
from pipeline.data.guessing import TEXTUAL, Guess
from pipeline.data.labels import ordered
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER

Array = np.ndarray
IDENTIFIER, CONSTANT, VARIED = "identifier", "constant", "varied text"  # kinds of columns that are left out
FEW = 10  # levels that no column has too many of
ALIKE = 64  # columns of whole numbers from 0 to 255 from which they are taken for pixels, or the like
BYTE = 255


class Verdict(NamedTuple):
    """kind: of KINDS, or one that is left out; reason: why it is left out, or is worth a note; levels: its texts."""

    kind: str
    reason: str = ""
    levels: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        return self.kind not in (IDENTIFIER, CONSTANT, VARIED)


def alike(facts: Facts) -> bool:
    """Whether columns of numbers are of one scale, such as pixels: many, all of them whole and from 0 to 255."""
    return (
        len(facts.low) >= ALIKE
        and bool(facts.whole.all() and not facts.missing.any())
        and bool((facts.low >= 0).all() and (facts.high <= BYTE).all() and facts.high.max() > 1)
    )


def decide(
    plan: Mapping[str, Guess], inputs: Sequence[str], said: Mapping[str, str], found: Collected
) -> list[Verdict]:
    """The kind of each of ``inputs``; ``said``: kinds that params.yaml names, which are obeyed."""
    rows = found.facts.rows
    made = []
    for index, name in enumerate(inputs):
        if plan[name].kind == TEXTUAL:
            present = rows - int(found.facts.missing[index])
            kind = _of_text(name, said.get(name), found, present, rows)
        elif name in said or plan[name].kind == DATE:
            constant = None if name in said else _constant(found.facts, index)
            kind = constant or Verdict(plan[name].kind)
        else:
            kind = of_numbers(name, index, found.facts, found.X)
        made.append(kind)
    return made


def _constant(facts: Facts, index: int) -> Verdict | None:
    if facts.missing[index] == facts.rows:
        return Verdict(CONSTANT, "has no values")
    if facts.low[index] == facts.high[index] and not facts.missing[index]:
        return Verdict(CONSTANT, "is the same in every row")
    return None


def of_numbers(name: str, index: int, facts: Facts, X: Array) -> Verdict:
    """The kind of the column ``index`` of X (rows, columns), which holds numbers."""
    if constant := _constant(facts, index):
        return constant
    if not facts.whole[index]:
        return Verdict(NUMBER)
    if (facts.low[index], facts.high[index]) == (0, 1):
        return Verdict(FLAG, levels=("0", "1"))
    values = np.asarray(X[:, index])
    if not facts.all_different(index, values):
        return Verdict(NUMBER)
    if why := identifiers.evidence(name, values):
        return Verdict(IDENTIFIER, why)
    return Verdict(NUMBER, "differs in every row; if it numbers the rows, drop it")


def _of_text(name: str, said: str | None, found: Collected, present: int, rows: int) -> Verdict:
    levels, many = found.levels[name], len(found.levels[name].known)
    names = levels.ordered(ordered)[0]
    if said == FLAG and many != 2:
        raise HoldoutError(
            f"column {name!r} is set to flag in data.columns, but has {counted(many, 'value')}, expected 2"
        )
    if said and levels.overflown:
        raise HoldoutError(f"column {name!r} is set to {said} in data.columns, but has more than {MOST} values")
    if said:
        return Verdict(said, levels=names)
    if not present:
        return Verdict(CONSTANT, "has no values")
    if many == 1 and present == rows:
        return Verdict(CONSTANT, "is the same in every row")
    if levels.overflown or (many > FEW and many * 2 > present) or (many == rows):
        return _too_many(many, present, levels.overflown)
    return Verdict(FLAG if many == 2 else CATEGORY, levels=names)


def _too_many(many: int, present: int, overflown: bool) -> Verdict:
    if many == present and not overflown:
        return Verdict(IDENTIFIER, "is text that differs in every row")
    count = f"more than {MOST}" if overflown else str(many)
    return Verdict(VARIED, f"has {count} different texts in {counted(present, 'row')}")
