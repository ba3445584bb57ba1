"""From a table as its file has it to checked rows and their schema."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipeline.data import checks, guessing, kinds
from pipeline.data.aims import Aim, aim_of
from pipeline.data.card import SourceColumn
from pipeline.data.collecting import Collected, Sinks, collect
from pipeline.data.currency import sign_beside
from pipeline.data.dataset import Dataset
from pipeline.data.encoding import Unreadable
from pipeline.data.guessing import TEXTUAL, Guess
from pipeline.data.kinds import Verdict
from pipeline.data.labels import ordered
from pipeline.data.numerals import MISSING, notation
from pipeline.data.roles import DROP, GROUP, INPUT, TARGET, TIME, WEIGHT, Roles, Wishes, assign
from pipeline.data.source import FLOAT, NATIVE, TEXT, Source
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, DATE, NUMBER, Schema

Array = np.ndarray
SAMPLE = 20_000  # rows by which kinds are guessed
CHUNK = 8192
Plan = dict[str, Guess]


def read_table(source: Source, wishes: Wishes, sinks: Sinks) -> Dataset:
    """All rows of ``source`` that have a target.

    Raises:
        HoldoutError: names the line, the column, the value, what is allowed and the setting that would allow it.
    """
    roles = assign(source, wishes)
    if not roles.inputs:
        raise HoldoutError(f"{source.name}: has no input columns beside the target, expected at least 1")
    aim = aim_of(source, roles.targets, wishes.task, SAMPLE)
    plan = {**_plan(source, roles, SAMPLE), **aim.plan}
    found, plan = _collected(source, roles, plan, sinks)
    checks.not_empty(source.name, found.facts.rows, len(roles.inputs))
    return _dataset(source, roles, plan, aim, found, sinks)


def _plan(source: Source, roles: Roles, rows: int | None, names: Sequence[str] | None = None) -> Plan:
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
    if said is None:
        return _without_slip(source, name, guess, column)
    if said == NUMBER:
        return guess if guess.kind == NUMBER and guess.missing else Guess(NUMBER, FLOAT)
    if said == DATE:
        form = roles.dates.get(name) or guess.date
        return Guess(DATE, TEXT, date=form) if form else Guess(DATE, NATIVE)
    return Guess(TEXTUAL, TEXT)


def _without_slip(source: Source, name: str, guess: Guess, column: pa.Array) -> Guess:
    if guess.slip:
        row = column.to_pylist().index(guess.slip)
        raise refusal(source, Unreadable(row, name, guess.slip, "numbers"))
    return guess


def refusal(source: Source, error: Unreadable) -> HoldoutError:
    """A value that can't be read, where a person finds it, and the settings that would allow it."""
    name, value = error.column, error.value
    found = f"{source.name}: {source.place(error.row)}, column {name!r}: found {value!r}, allowed: {error.allowed}"
    if way := notation(value, source.numerals):
        return HoldoutError(
            f"{found}, with decimal {source.numerals.decimal!r}; write all numbers in one way, or in params.yaml set "
            f"{way} if it is that of the (text) file, or data.columns: {{{name!r}: category}} (or drop)"
        )
    return HoldoutError(
        f"{found}; mend "
        f"it, or in params.yaml set data.read.missing: [{value!r}] if it stands for no value, or data.columns: "
        f"{{{name!r}: category}} (or drop)"
    )


def _collected(source: Source, roles: Roles, plan: Plan, sinks: Sinks) -> tuple[Collected, Plan]:
    """The table, and the plan that it was read by: a column that shows to be text further down is read as text."""
    while True:
        try:
            found = collect(source, plan, roles.inputs, roles.targets, sinks)
            late = [name for name in plan if plan[name].kind == NUMBER and name in source.coded and _free(name, roles)]
            if not late:
                return found, plan
            plan = {**plan, **_plan(source, roles, None, late)}
        except Unreadable as error:
            if not _free(error.column, roles):
                raise refusal(source, error) from None
            again = _plan(source, roles, None, [error.column])
            if again[error.column] == plan[error.column]:
                raise refusal(source, error) from None
            plan = {**plan, **again}


def _free(name: str, roles: Roles) -> bool:
    """Whether a column's kind is for its values to tell."""
    return name in roles.inputs and name not in roles.kinds


def _dataset(source: Source, roles: Roles, plan: Plan, aim: Aim, found: Collected, sinks: Sinks) -> Dataset:
    numbers = all(plan[name].kind == NUMBER for name in roles.inputs)
    pixels = numbers and not roles.kinds and kinds.alike(found.facts)
    decided = [Verdict(NUMBER)] * len(roles.inputs) if pixels else _decided(source, roles, plan, found)
    used = [index for index, kind in enumerate(decided) if kind.used]
    if not used:
        reasons = "; ".join(f"{name!r} {kind.reason}" for name, kind in zip(roles.inputs, decided, strict=True))
        raise HoldoutError(
            f"{source.name}: no input column is left ({reasons}); name those to use in data.columns, as {{age: number}}"
        )
    y, classes = aim.encoded(found, source)
    for name, values in zip(roles.targets, y.reshape(len(y), -1).T, strict=True):
        checks.usable_target(source.name, values, name, classes if aim.task == CLASSIFICATION else ())
    chosen = [decided[index] for index in used]
    schema = Schema(
        task=aim.task,
        features=tuple(roles.inputs[index] for index in used),
        classes=classes,
        kinds=() if pixels else tuple(kind.kind for kind in chosen),
        levels=() if pixels else tuple(_levels(plan, roles.inputs[i], decided[i]) for i in used),
        targets=roles.targets,
    )
    X = found.X if pixels else _selected(found, roles.inputs, used, chosen, sinks)
    rows = Rows(X, y, _groups(source, roles, found), _weights(source, roles, found), np.arange(len(y)))
    rows = replace(rows, moments=_moments(source, roles, found))
    columns = _described(source, roles, decided, aim)
    return Dataset(rows, schema, columns, _notes(source, roles, plan, decided, found, classes))


def _decided(source: Source, roles: Roles, plan: Plan, found: Collected) -> list[Verdict]:
    try:
        return kinds.decide(plan, roles.inputs, roles.kinds, found)
    except HoldoutError as error:
        raise HoldoutError(f"{source.name}: {error}") from None


def _levels(plan: Plan, name: str, kind: Verdict) -> tuple[str, ...]:
    return (plan[name].date,) if kind.kind == DATE and plan[name].date else kind.levels


def _selected(found: Collected, inputs: Sequence[str], used: list[int], chosen: list[Verdict], sinks: Sinks) -> Array:
    """The columns that are used, with codes by the order of their levels."""
    tables = {
        place: found.levels[inputs[index]].ordered(ordered)[1]
        for place, (index, kind) in enumerate(zip(used, chosen, strict=True))
        if inputs[index] in found.levels
    }
    if not tables and len(used) == len(inputs):
        return found.X
    sink = sinks(len(used))
    for start in range(0, len(found.X), CHUNK):
        X = np.asarray(found.X[start : start + CHUNK][:, used], np.float64)
        for place, table in tables.items():
            codes = X[:, place]
            X[:, place] = np.where(np.isnan(codes), np.nan, table[np.where(np.isnan(codes), 0, codes).astype(np.int64)])
        sink.append(X)
    return sink.close()


def _groups(source: Source, roles: Roles, found: Collected) -> Array | None:
    return None if roles.group is None else _complete(source, roles.group, GROUP, found).astype(np.int64)


def _moments(source: Source, roles: Roles, found: Collected) -> Array | None:
    return None if roles.time is None else _complete(source, roles.time, TIME, found)


def _weights(source: Source, roles: Roles, found: Collected) -> Array | None:
    if roles.weight is None:
        return None
    weights = _complete(source, roles.weight, WEIGHT, found)
    if (weights < 0).any() or not (weights > 0).any():
        low = f"{weights.min():g}"
        raise HoldoutError(
            f"{source.name}: column {roles.weight!r} is the rows' weight in data.columns and holds {low}, allowed: "
            "numbers, 0 or greater, one of them above 0"
        )
    return weights


def _complete(source: Source, name: str, role: str, found: Collected) -> Array:
    values = found.others[name]
    if np.isnan(values).any():
        count, place = int(np.isnan(values).sum()), source.place(found.row_of(int(np.isnan(values).argmax())))
        raise HoldoutError(
            f"{source.name}: {place}: column {name!r} is the rows' {role}, and has no value here, nor in "
            f"{checks.counted(count - 1, 'other row')}; allowed: a value in each; fill it in or "
            "remove the row"
        )
    return values


def _described(source: Source, roles: Roles, decided: Sequence[Verdict], aim: Aim) -> tuple[SourceColumn, ...]:
    """Each column of the source with its kind and use, in the file's order."""
    by_name = dict(zip(roles.inputs, decided, strict=True))
    uses = {roles.group: GROUP, roles.time: TIME, roles.weight: WEIGHT}
    made = []
    for name in source.types:
        if kind := by_name.get(name):
            made.append(SourceColumn(name, kind.kind, INPUT if kind.used else DROP, kind.reason))
        elif name in roles.targets:
            made.append(SourceColumn(name, aim.kind, TARGET))
        elif name in roles.out:
            made.append(SourceColumn(name, "" if name in roles.dropped else kinds.IDENTIFIER, DROP, roles.out[name]))
        else:
            made.append(SourceColumn(name, "", uses[name]))
    return tuple(made)


def _notes(
    source: Source, roles: Roles, plan: Plan, decided: Sequence[Verdict], found: Collected, classes: Sequence[str]
) -> tuple[str, ...]:
    notes = list(source.notes)
    gaps = [name for name in classes if name in MISSING]
    notes += [f"class {name!r} is a class; set data.read.missing: [{name!r}] if it means none" for name in gaps]
    if len(found.dropped):
        names = " or ".join(map(repr, roles.targets))
        lost = checks.counted(len(found.dropped), "row has", "rows have")
        notes.append(f"{lost} no value of {names}: {'it is' if len(found.dropped) == 1 else 'they are'} left out")
    if kinds.alike(found.facts):
        notes.append(f"all {len(roles.inputs)} columns hold whole numbers from 0 to 255: taken for one scale")
    notes += [f"column {name!r} is left out: it {why}" for name, why in roles.out.items() if name not in roles.dropped]
    by_name = dict(zip(roles.inputs, decided, strict=True))
    notes += [f"column {name!r}: {plan[name].note}" for name in roles.inputs if plan[name].note and by_name[name].used]
    for name, kind in by_name.items():
        if kind.kind in (kinds.IDENTIFIER, kinds.VARIED):
            sign = sign_beside(found.levels[name].known) if name in found.levels else ""
            like = f"; looks like numbers with {sign!r}: remove the sign from the file" if sign else ""
            word = NUMBER if plan[name].kind == NUMBER else "category"
            notes.append(
                f"column {name!r} is left out: it {kind.reason} (data.columns: {{{name!r}: {word}}} would use it){like}"
            )
        elif kind.used and kind.reason:
            notes.append(f"column {name!r} {kind.reason}")
    constant = [f"{name!r}" for name, kind in by_name.items() if kind.kind == kinds.CONSTANT]
    if constant:
        listed = ", ".join(constant[:5]) + (", …" if len(constant) > 5 else "")
        left = checks.counted(len(constant), "column is left out, for it is", "columns are left out, for they are")
        notes.append(f"{left} constant or empty: {listed}")
    return tuple(notes)
