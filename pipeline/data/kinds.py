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
            constant = _constant(found.facts, index)
            obeyed = name in said and found.facts.present(index)
            kind = Verdict(plan[name].kind) if obeyed or not constant else constant
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
    if facts.may_number_rows(index):
        values = np.asarray(X[:, index], np.float64)
        if why := identifiers.evidence(name, values):
            return Verdict(IDENTIFIER, why)
        present = values[~np.isnan(values)]
        if len(np.unique(present)) == len(values):
            return Verdict(NUMBER, "differs in every row; if it numbers the rows, drop it")
        if identifiers.counts_anew(present):
            return Verdict(NUMBER, "counts up and starts anew; if it numbers the rows, drop it")
    return Verdict(NUMBER, identifiers.repeating(name))


def _of_text(name: str, said: str | None, found: Collected, present: int, rows: int) -> Verdict:
    levels, many = found.levels[name], len(found.levels[name].known)
    names = levels.ordered(ordered)[0]
    if not present:
        return Verdict(CONSTANT, "has no values")
    if said == FLAG and many != 2:
        raise HoldoutError(
            f"column {name!r} is set to flag in data.columns, but has {counted(many, 'value')}, expected 2"
        )
    if said and levels.overflown:
        raise HoldoutError(f"column {name!r} is set to {said} in data.columns, but has more than {MOST} values")
    if said:
        return Verdict(said, levels=names)
    if many == 1 and present == rows:
        return Verdict(CONSTANT, "is the same in every row")
    if levels.overflown or (many > FEW and many * 2 > present) or (many == rows):
        return _too_many(many, present, levels.overflown)
    return Verdict(FLAG, levels=names) if many == 2 else Verdict(CATEGORY, identifiers.repeating(name), names)


def _too_many(many: int, present: int, overflown: bool) -> Verdict:
    if many == present and not overflown:
        return Verdict(IDENTIFIER, "is text that differs in every row")
    return Verdict(VARIED, "holds text too varied to use")
