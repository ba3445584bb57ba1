"""A claim of the notes as it is tested here: what it says, what is measured, and the rule that judges it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.fields import Kind

CONFIRMED, LIMITED, NOT_CONFIRMED = "confirmed", "confirmed within limits", "not confirmed"
OUTCOMES = (CONFIRMED, LIMITED, NOT_CONFIRMED)
Values = Mapping[str, Any]  # a claim's settings, by the names in conf/claims/NAME.yaml
Results = dict[str, Any]  # numbers, lists and dicts, as JSON has them


class Judgment(NamedTuple):
    """What the rule says: outcome, of OUTCOMES, and in one or two sentences the numbers that it rests on."""

    outcome: str
    numbers: str


@dataclass(frozen=True)
class Claim:
    """One claim, in a module of its name.

    Attributes:
        name: the module's, the stem of conf/claims/NAME.yaml, and the folder in experiments/.
        number: its place among the claims, ``3b``; section: of the notes.
        title, question: one line each; formula: what the notes say, with their formula; method: how it is tested, by
            which test, and when it counts as confirmed. All three may hold Markdown.
        keys: what each setting must be; there are no others.
        measure: computes the results from the settings alone: same settings, same results.
        judge: the rule, which was written before the numbers; its thresholds are settings.
        draw: the figure as SVG.
        tested_on: what the page says of test rows.
    """

    name: str
    number: str
    title: str
    question: str
    section: str
    formula: str
    method: str
    keys: Mapping[str, Kind]
    measure: Callable[[Values], Results]
    judge: Callable[[Values, Results], Judgment]
    draw: Callable[[Values, Results], str]
    tested_on: str = "No test rows are used"

    @property
    def place(self) -> tuple[int, str]:
        """Its number to sort by: 2, 3, 3b, …, 10."""
        digits = self.number.rstrip("abcdefgh")
        return int(digits), self.number[len(digits) :]


def graded(confirmed: bool, limited: bool, numbers: str) -> Judgment:
    """The first of the outcomes whose condition holds; per cent in the numbers stand apart, as everywhere: 7.28 %."""
    outcome = CONFIRMED if confirmed else LIMITED if limited else NOT_CONFIRMED
    return Judgment(outcome, re.sub(r"(?<=\d)%", " %", numbers))
