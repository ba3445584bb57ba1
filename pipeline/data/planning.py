"""How each column that is no target is to be read: as its role and its set kind say, else as it seems."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.data import dates, guessing
from pipeline.data.encoding import Unreadable, as_text
from pipeline.data.guessing import TEXTUAL, Guess
from pipeline.data.numerals import notation, without
from pipeline.data.roles import TIME, Roles
from pipeline.data.source import FLOAT, NATIVE, TEXT, Source
from pipeline.errors import HoldoutError
from pipeline.feed.schema import DATE, NUMBER


def plan_of(source: Source, roles: Roles, rows: int | None, names: Sequence[str] | None = None) -> dict[str, Guess]:
    """How each column that is no target is read, by so many rows from the start; None for all."""
    others = [name for name in (roles.group, roles.time, roles.weight) if name]
    names = [*roles.inputs, *others] if names is None else names
    batches = list(source.batches(dict.fromkeys(names, NATIVE), rows)) if names else []
    plan = {}
    for name in names:
        parts = [batch.column(name) for batch in batches] or [pa.array([], source.types[name])]
        plan[name] = _role(source, roles, name, pa.chunked_array(parts).combine_chunks())
    return plan


def _role(source: Source, roles: Roles, name: str, column: pa.Array) -> Guess:
    """How one column is read: as its role or its set kind says, else as it seems."""
    if name == roles.group:
        return Guess(TEXTUAL, TEXT)
    said = roles.kinds.get(name) or (NUMBER if name == roles.weight else None)
    guess = guessing.guess(column, source.numerals)
    if said == DATE or name == roles.time:
        return _moment(source, roles, name, guess, column)
    if said is None:
        return _without_slip(source, roles, name, guess, column)
    if said == NUMBER:
        return guess if guess.kind == NUMBER and guess.missing else Guess(NUMBER, FLOAT)
    return Guess(TEXTUAL, TEXT)


def _moment(source: Source, roles: Roles, name: str, guess: Guess, column: pa.Array) -> Guess:
    """How a column of dates, or of times, is read; a time may be a number.

    Raises:
        HoldoutError: it holds neither, or how its dates are written must be said.
    """
    if guess.kind == DATE and guess.form == NATIVE:
        return guess
    if form := roles.dates.get(name):
        return Guess(DATE, TEXT, date=form)
    if guess.kind == DATE:
        return guess
    if guess.kind == NUMBER and name == roles.time:
        return _without_slip(source, roles, name, guess, column)
    texts = without(as_text(column), source.numerals.number_gaps)
    if texts.null_count == len(texts):
        return Guess(DATE, TEXT, date=dates.ISO)
    form = dates.likely(texts.drop_null())
    odd = texts.is_valid().to_numpy(zero_copy_only=False)
    if form and (wrong := odd & np.isnan(dates.seconds(texts, form))).any():
        odd = wrong
    row, allowed = int(odd.argmax()), "dates or numbers" if name == roles.time else "dates"
    raise refusal(source, roles, Unreadable(row, name, texts[row].as_py(), allowed), form)


def _without_slip(source: Source, roles: Roles, name: str, guess: Guess, column: pa.Array) -> Guess:
    if guess.slip:
        row = column.to_pylist().index(guess.slip)
        raise refusal(source, roles, Unreadable(row, name, guess.slip, "numbers"))
    return guess


def refusal(source: Source, roles: Roles, error: Unreadable, form: str | None = None) -> HoldoutError:
    """A value that can't be read, where a person finds it, and the settings that would allow it."""
    place, name, value = source.place(error.row), error.column, error.value
    found = f"{source.name}: {place}, column {name!r}: found {value!r}, allowed: {error.allowed}"
    if (way := notation(value, source.numerals)) and name not in roles.kinds and form is None:
        return HoldoutError(
            f"{found}, with decimal {source.numerals.decimal!r}; write all numbers in one way, or in params.yaml set "
            f"{way} if it is that of the (text) file, or data.columns: {{{name!r}: category}} (or drop)"
        )
    return HoldoutError(f"{found}; mend it" + _remedy(roles, name, value, form))


def _remedy(roles: Roles, name: str, value: str, form: str | None) -> str:
    """What may be set for a column with this value, as its role allows; form: that its dates seem to have."""
    gap = f", or in params.yaml set data.read.missing: [{value!r}] if it stands for no value"
    written = "%d.%m.%Y" if form in (None, dates.ISO) else form
    if name == roles.weight:
        return ": the rows' weight is a number in each row"
    if name == roles.time:
        return f", or say in params.yaml how dates are written: data.columns: {{{name!r}: '{TIME} {written}'}}"
    if name in roles.targets:
        several = len(roles.targets) > 1
        return gap + ("" if several else ", or data.task: classification if its values are classes")
    if roles.kinds.get(name) == DATE:
        return f"{gap}, or data.columns: {{{name!r}: '{DATE} {written}'}} as its dates are written (or category, drop)"
    return f"{gap}, or data.columns: {{{name!r}: category}} (or drop)"
