"""What is to be predicted: the task, and targets as class indices, flags or numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import guessing
from pipeline.data.collecting import Collected, numbers
from pipeline.data.guessing import TEXTUAL, Guess
from pipeline.data.labels import MAX_CLASSES, ROWS_PER_CLASS, ordered
from pipeline.data.source import AS_WRITTEN, FLOAT, TEXT, Source
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, FLAG, MULTILABEL, NUMBER, REGRESSION

Array = np.ndarray
# No and yes of a label, in words that leave no doubt which is which.
ANSWERS = (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("0.0", "1.0"))
KINDS_OF = {CLASSIFICATION: CATEGORY, REGRESSION: NUMBER, MULTILABEL: FLAG}


@dataclass(frozen=True)
class Aim:
    """The task, the columns that it predicts, and how these are read."""

    task: str
    targets: tuple[str, ...]
    plan: Mapping[str, Guess]

    @property
    def kind(self) -> str:
        """The kind of the target columns."""
        return KINDS_OF[self.task]

    def encoded(self, found: Collected, source: Source) -> tuple[Array, tuple[str, ...]]:
        """y (rows,) class indices or numbers, or (rows, targets) of several; and the classes.

        Raises:
            HoldoutError: a label that is neither no nor yes.
        """
        if self.task == CLASSIFICATION:
            names, places = found.texts[self.targets[0]].ordered(ordered)
            return places.astype(np.int64)[found.others.pop(self.targets[0]).astype(np.int32)], names
        if self.task == REGRESSION:
            y = np.column_stack([found.others[name] for name in self.targets])
            return (y[:, 0] if len(self.targets) == 1 else y), ()
        flags = [_flags(source, name, found) for name in self.targets]
        return np.column_stack(flags).astype(np.int64), self.targets


def _flags(source: Source, name: str, found: Collected) -> Array:
    known = found.texts[name].known
    pair = next((pair for pair in ANSWERS if {text.lower() for text in known} <= {*pair}), None)
    if pair is None:
        raise _no_label(source, name, list(known))
    table = np.array([pair.index(text.lower()) for text in known], np.float64)
    flags: Array = table[found.others[name].astype(np.int64)]
    return flags


def _no_label(source: Source, name: str, values: list[str]) -> HoldoutError:
    listed = ", ".join(map(repr, values[:5])) or "no value"
    return HoldoutError(
        f"{source.name}: target {name!r} holds {listed}, but with several targets data.task: multilabel needs 0 and 1, "
        "no and yes, or false and true in each, and data.task: regression needs numbers; mend it, or name one target "
        "in data.target"
    )


def aim_of(source: Source, targets: tuple[str, ...], task: str | None, rows: int) -> Aim:
    """The aim: ``task`` as stated, else as the first ``rows`` of the targets seem.

    Text is classes; numbers with a fraction are amounts; whole numbers are classes where there are at most MAX_CLASSES
    of them with ROWS_PER_CLASS rows each. Several targets are labels if each is no or yes, else amounts.
    """
    samples = _samples(source, targets, rows)
    guesses = {name: guessing.guess(column, source.numerals) for name, column in samples.items()}
    if task == CLASSIFICATION and len(targets) > 1:
        raise HoldoutError(
            f"data.target names {len(targets)} columns, but data.task is classification, which has one; allowed for "
            "several: multilabel, regression"
        )
    task = task or _guessed(source, samples, guesses)
    return Aim(task, targets, {name: _read(source, name, task, guesses[name]) for name in targets})


def _samples(source: Source, targets: tuple[str, ...], rows: int) -> dict[str, Any]:
    batches = list(source.batches(dict.fromkeys(targets, AS_WRITTEN), rows))
    made = {}
    for name in targets:
        column = pa.chunked_array([batch.column(name) for batch in batches], pa.string()).combine_chunks()
        made[name] = column.filter(pc.not_equal(column, ""))
    return made


def _guessed(source: Source, samples: Mapping[str, Any], guesses: Mapping[str, Guess]) -> str:
    if len(samples) > 1:
        known = {name: pc.unique(column).to_pylist() for name, column in samples.items()}
        others = [name for name, found in known.items() if not _answers(found)]
        if others and any(guess.kind != NUMBER for guess in guesses.values()):
            worst = next((name for name in others if guesses[name].kind != NUMBER), others[0])
            raise _no_label(source, worst, known[worst])
        return REGRESSION if others else MULTILABEL
    (column,), (guess,) = samples.values(), guesses.values()
    if guess.kind != NUMBER:
        return CLASSIFICATION
    values = numbers(column, source.numerals)
    column = column.filter(pa.array(~np.isnan(values)))
    if (values[~np.isnan(values)] % 1).any():
        return REGRESSION
    distinct = pc.count_distinct(column).as_py()
    few = distinct <= MAX_CLASSES and distinct * ROWS_PER_CLASS <= len(column)
    return CLASSIFICATION if few or distinct == 1 else REGRESSION


def _answers(values: list[str]) -> bool:
    found = {text.lower() for text in values}
    return any(found <= {*pair} for pair in ANSWERS)


def _read(source: Source, name: str, task: str, guess: Guess) -> Guess:
    if task != REGRESSION:
        # Words are labels, unless params.yaml says otherwise; among numbers they are gaps.
        numerals = source.numerals
        words = numerals.number_gaps if guess.kind == NUMBER else numerals.gaps if numerals.missing is not None else ()
        return Guess(TEXTUAL, AS_WRITTEN, missing=tuple(words))
    return Guess(NUMBER, TEXT if guess.missing else FLOAT, missing=guess.missing)
