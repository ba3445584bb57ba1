"""One pass over a table: its inputs as rows of numbers, its targets, groups, times and weights beside them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow.compute as pc

from pipeline.data import dates
from pipeline.data.codes import Codes
from pipeline.data.encoding import Unreadable
from pipeline.data.facts import Facts
from pipeline.data.guessing import TEXTUAL, Guess
from pipeline.data.numerals import ALLOWED, Numerals, parse, without
from pipeline.data.source import AS_WRITTEN, TEXT, Source
from pipeline.feed.schema import DATE

Array = np.ndarray
NO_LIMIT = 1 << 62
EXACT = 1 << 24  # whole numbers up to here are float32's


class Sink(Protocol):
    """Where rows go that may be more than fit in memory."""

    def append(self, X: Array) -> None:
        """Rows (rows, columns), float64, below those before."""

    def close(self) -> Array:
        """All of them (rows, columns), often a memory map, in the narrowest type that holds them exactly."""


Sinks = Callable[[int], Sink]  # makes an empty place for rows of so many columns


@dataclass
class Collected:
    """A table that was read.

    X: (rows, inputs) by Sink; text as codes in order of first appearance. facts, levels: of the inputs, by place and
    by name. texts: levels of those other columns that were read as text, by name; others: (rows,) float64 of each
    column that is no input: numbers, seconds or codes. dropped: rows that were left out, for they have no target.
    """

    X: Array
    facts: Facts
    levels: dict[str, Codes]
    texts: dict[str, Codes]
    others: dict[str, Array]
    dropped: Array

    def row_of(self, index: int) -> int:
        """Which row of the source the row ``index`` was."""
        for row in self.dropped:  # in their order
            index += row <= index
        return index


@dataclass
class _Pass:
    """What one pass gathers."""

    plan: Mapping[str, Guess]
    inputs: Sequence[str]
    targets: Sequence[str]
    numerals: Numerals
    levels: dict[str, Codes] = field(default_factory=dict)
    parts: dict[str, list[Array]] = field(default_factory=dict)
    rows: int = 0
    dropped: list[Array] = field(default_factory=list)

    def take(self, batch: Any) -> Array:
        """The inputs of a batch (rows, inputs); what else it holds is kept."""
        columns = {name: self._numbers(name, batch.column(name)) for name in self.plan}
        there = np.ones(len(batch), bool)
        for name in self.targets:
            there &= ~np.isnan(columns[name])
        self.dropped.append(self.rows + np.flatnonzero(~there))
        self.rows += len(batch)
        for name in self.plan.keys() - set(self.inputs):
            values = columns[name] if there.all() else columns[name][there]
            few = self.plan[name].kind == TEXTUAL and len(self.levels[name].known) < EXACT
            self.parts.setdefault(name, []).append(values.astype(np.float32) if few else values)
        X = np.column_stack([columns[name] for name in self.inputs]) if self.inputs else np.empty((len(batch), 0))
        return X if there.all() else X[there]

    def _numbers(self, name: str, column: Any) -> Array:
        guess = self.plan[name]
        if guess.kind == TEXTUAL:
            made = self.levels.setdefault(name, Codes() if name in self.inputs else Codes(NO_LIMIT))
            if guess.form == AS_WRITTEN:
                column = without(column, ("", *guess.missing))
            return made.codes(column)
        if guess.kind == DATE:
            return self._moments(name, column, guess)
        if guess.form == TEXT:
            texts = without(column, (*guess.missing, *self.numerals.number_gaps))
            return self._checked(name, texts, ALLOWED, numbers(texts, self.numerals))
        found: Array = column.to_numpy(zero_copy_only=False)
        return found.astype(np.float64, copy=False)

    def _moments(self, name: str, column: Any, guess: Guess) -> Array:
        if not guess.date:
            return dates.of_moments(column)
        allowed = "dates" if guess.date == dates.ISO else f"dates of the form {guess.date}"
        texts = without(column, (*guess.missing, *self.numerals.number_gaps))
        return self._checked(name, texts, allowed, dates.seconds(texts, guess.date))

    def _checked(self, name: str, texts: Any, allowed: str, values: Array) -> Array:
        """The values, after each text is seen to have one."""
        bad = np.isnan(values) & pc.is_valid(texts).to_numpy(zero_copy_only=False)
        if bad.any():
            row = int(bad.argmax())
            raise Unreadable(self.rows + row, name, str(texts[row].as_py()), allowed)
        return values


def numbers(texts: Any, numerals: Numerals) -> Array:
    """Text as float64; NaN where it is no number."""
    found: Array = parse(texts, numerals)[0].to_numpy(zero_copy_only=False)
    return found


def collect(
    source: Source, plan: Mapping[str, Guess], inputs: Sequence[str], targets: Sequence[str], sinks: Sinks
) -> Collected:
    """Read the columns of ``plan`` once; rows without a target are left out.

    Raises:
        Unreadable: a value that is not what the plan takes its column for.
    """
    gathered, facts, sink = _Pass(plan, inputs, targets, source.numerals), Facts(len(inputs)), sinks(len(inputs))
    for X in _rows(source, gathered):
        facts.add(X)
        sink.append(X)
    others = {name: np.concatenate(gathered.parts.pop(name)) for name in list(gathered.parts)}
    levels = {name: found for name, found in gathered.levels.items() if name in inputs}
    texts = {name: found for name, found in gathered.levels.items() if name not in inputs}
    return Collected(sink.close(), facts, levels, texts, others, np.concatenate([*gathered.dropped, []]).astype(int))


def _rows(source: Source, gathered: _Pass) -> Iterator[Array]:
    forms = {name: guess.form for name, guess in gathered.plan.items()}
    for batch in source.batches(forms):
        yield gathered.take(batch)
