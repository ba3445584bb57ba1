"""What the columns of a table are, learned from the rows of fit, and further rows read by it."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.data import features, forms
from pipeline.data.binary import BATCH, Typed
from pipeline.data.collecting import numbers
from pipeline.data.encoding import Unreadable, encode
from pipeline.data.guessing import Guess
from pipeline.data.kinds import CONSTANT, IDENTIFIER, Verdict
from pipeline.data.numerals import ALLOWED, Numerals, without
from pipeline.data.planning import plan_of
from pipeline.data.roles import FORMED, Roles
from pipeline.data.source import FLOAT, NATIVE, TEXT, Read
from pipeline.errors import HoldoutError, Note
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, DATE, KINDS, NUMBER, Schema

Array = np.ndarray
DROP = "drop"
WORDS = Numerals(typed=True)  # how tables in memory leave values out
# Messages about the columns of a project, with the parameter in the place of the settings.
OURS = (
    (r"(in params\.yaml )?set data\.read\.missing: \[.*?\] if it stands", "put None in its place if it stands"),
    (r"(in params\.yaml )?set data\.read\.decimal.*?\(text\) file, or ", ""),
    (r"(, with decimal '.'); write all numbers in one way, or ", r"\1; write all numbers in one way, or set "),
    (r"say in params\.yaml how", "say how"),
    (r"data\.columns: \{", "columns={"),
    (r": (\w+)\}", r": '\1'}"),
    (r"data\.columns", "columns"),
)


class InMemory(Typed):
    """An Arrow table as a Source; see Source."""

    format = "table"

    def __init__(self, table: Any) -> None:
        self._table = table
        super().__init__(Path("X"), Read())

    def _schema(self) -> pa.Schema:
        return self._table.schema

    def _read(self, names: Sequence[str]) -> Iterator[Any]:
        yield from self._table.select(list(names)).to_batches(BATCH)


class _InHand:
    """A Sink that keeps its rows in memory."""

    def __init__(self, columns: int) -> None:
        self._parts = [np.empty((0, columns))]

    def append(self, X: Array) -> None:
        self._parts.append(X)

    def close(self) -> Array:
        return np.concatenate(self._parts)


@dataclass(frozen=True)
class Columns:
    """The columns of a table that are used: names, kinds and levels, as in a Schema.

    missing: words that stand for no value in a column of numbers or dates that came as text, by its name.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    missing: Mapping[str, tuple[str, ...]]

    def read(self, table: Any) -> Array:
        """Rows of an Arrow table that has these columns, (rows, features); see Schema for what its numbers mean.

        Raises:
            ValueError: names the row, the column and the value that is not what its column is.
        """
        schema = Schema(CLASSIFICATION, self.names, (), kinds=self.kinds, levels=self.levels)
        try:
            each = zip(self.names, self.kinds, strict=True)
            return encode({name: self._formed(name, kind, table[name]) for name, kind in each}, schema)
        except Unreadable as error:
            raise ValueError(f"X: {error}") from None

    def _formed(self, name: str, kind: str, column: Any) -> Any:
        """The column as ``encode`` takes it."""
        if kind not in (NUMBER, DATE):
            return forms.formed(column, TEXT, WORDS)[0]
        if forms.plain_type(column.type) != pa.string():
            return _checked(name, column, *forms.formed(column, FLOAT if kind == NUMBER else NATIVE, WORDS))
        words = (*WORDS.number_gaps, *self.missing.get(name, ()))
        texts = without(forms.formed(column, TEXT, WORDS)[0], words)
        return _parsed(name, texts) if kind == NUMBER else texts


def _checked(name: str, column: Any, values: Any, fault: int | None) -> Any:
    if fault is not None:
        raise Unreadable(fault, name, str(column[fault].as_py()), ALLOWED)
    return values


def _parsed(name: str, texts: Any) -> Any:
    values = numbers(texts, WORDS)
    bad = np.isnan(values) & texts.is_valid().to_numpy(zero_copy_only=False)
    if bad.any():
        raise Unreadable(int(bad.argmax()), name, str(texts[int(bad.argmax())].as_py()), ALLOWED)
    return pa.array(values)


def learn(table: Any, said: Mapping[str, str]) -> tuple[Columns, Array]:
    """The columns of an Arrow table that are used, and its rows (rows, features).

    A column of numbers is used even if it seems to number the rows: who made X chose its columns. Text that differs
    too much to be a category is left out with a note, and columns of one value without.

    Args:
        said: what columns are, by name: a kind, ``date %d.%m.%Y`` or the like, or ``drop``.

    Raises:
        ValueError: names the column, and what is said of it that can't be.
    """
    source = InMemory(table)
    if nested := next(iter(source.nested.items()), None):
        raise TypeError(
            f"X: column {nested[0]!r} holds {nested[1]}; each value must be a string, a number or a date; drop it"
        )
    roles = _roles(table, source, said)
    try:
        found, plan = features.collected(source, roles, plan_of(source, roles, None), _InHand)
        verdicts = [_used(kind, plan[name]) for name, kind in _decided(source, roles, plan, found)]
    except HoldoutError as error:
        raise ValueError(in_our_words(str(error))) from None
    _note(roles.inputs, verdicts)
    made = features.selected(roles.inputs, plan, verdicts, found, _InHand)
    words = {name: plan[name].missing for name in made.names if plan[name].missing}
    return Columns(made.names, made.kinds, made.levels, words), np.asarray(made.X, np.float64)


def _decided(source: InMemory, roles: Roles, plan: features.Plan, found: Any) -> Iterator[tuple[str, Verdict]]:
    return zip(roles.inputs, features.decided(source, roles, plan, found), strict=True)


def _used(kind: Verdict, guess: Guess) -> Verdict:
    return Verdict(NUMBER) if kind.kind == IDENTIFIER and guess.kind == NUMBER else kind


def _roles(table: Any, source: InMemory, said: Mapping[str, str]) -> Roles:
    for name, word in said.items():
        if name not in source.types:
            raise ValueError(f"columns names {name!r}, which is no column of X; there are: {', '.join(source.types)}")
        kind, *form = str(word).split(maxsplit=1)
        if kind not in (*KINDS, DROP) or (form and kind not in FORMED):
            allowed = f"{', '.join((*KINDS, DROP))}, or '{DATE} %d.%m.%Y' as dates are written"
            raise ValueError(f"columns={{{name!r}: {word!r}}} is not allowed: it must be one of {allowed}")
    typed = {field.name: CATEGORY for field in table.schema if pa.types.is_dictionary(field.type)}
    words = {name: word.split(maxsplit=1) for name, word in {**typed, **said}.items()}
    kinds = {name: parts[0] for name, parts in words.items() if parts[0] in KINDS}
    dates = {name: parts[1] for name, parts in words.items() if len(parts) > 1}
    inputs = tuple(name for name in source.types if words.get(name) != [DROP])
    return Roles((), inputs, kinds=kinds, dates=dates)


def _note(names: Sequence[str], verdicts: Sequence[Verdict]) -> None:
    each = list(zip(names, verdicts, strict=True))
    if not any(kind.used for kind in verdicts):
        reasons = "; ".join(f"{name!r} {kind.reason}" for name, kind in each)
        raise ValueError(f"X: no column is left ({reasons}); name those to use, as columns={{'age': 'number'}}")
    for name, kind in each:
        if not kind.used and kind.kind != CONSTANT:
            text = f"column {name!r} is left out: it {kind.reason} (columns={{{name!r}: 'category'}} would use it)"
            warnings.warn(text, Note, stacklevel=4)


def in_our_words(text: str) -> str:
    """A message about a project's data, with ``columns`` in the place of its settings."""
    for pattern, ours in OURS:
        text = re.sub(pattern, ours, text)
    return text
