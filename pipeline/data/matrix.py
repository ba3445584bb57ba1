"""Arrays of numbers as a data set: columns that number the rows are left out, the rest is described."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.data import checks, kinds, labels
from pipeline.data.card import SourceColumn
from pipeline.data.dataset import Dataset, Table
from pipeline.data.facts import Facts
from pipeline.data.kinds import Verdict
from pipeline.data.roles import DROP, INPUT
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.feed.schema import FLAG, NUMBER, Schema

Array = np.ndarray
CHUNK = 8192
SET = ("drop", NUMBER)  # what data.columns may say of an array's columns


def describe(table: Table, task: str | None, said: Mapping[str, str] | None = None) -> Dataset:
    """Checked rows: the target encoded, columns that number the rows left out.

    Args:
        task: None: guessed by the target; see labels.
        said: ``data.columns``: what is said of columns, by name.

    Raises:
        HoldoutError: the target can't be used, or no column is left.
    """
    place = table.place or checks.row_from_zero
    task, y, classes = labels.encode(table.target, task, table.name, table.target_name, place)
    checks.usable_target(table.name, y, table.target_name, classes)
    owners = None if table.groups is None else np.array([str(owner) for owner in table.groups], object)
    groups = None if owners is None else np.unique(owners, return_inverse=True)[1]
    said = _checked(table, said or {})
    facts = _facts(table.X)
    if table.image_shape or (not said and kinds.alike(facts)):
        schema = Schema(task, table.features, classes, table.image_shape, targets=(table.target_name,))
        return Dataset(Rows(table.X, y, groups, origin=np.arange(len(y))), schema, notes=table.notes)
    decided = [_kind(table, facts, index, said) for index in range(len(table.features))]
    used = np.array([kind.used for kind in decided])
    if not used.any():
        raise HoldoutError(f"{table.name}: each of its {len(used)} columns is constant or numbers the rows")
    features = tuple(name for name, keep in zip(table.features, used, strict=True) if keep)
    found = tuple(kind.kind for kind in decided if kind.used)
    levels = tuple(kind.levels for kind in decided if kind.used)
    schema = Schema(task, features, classes, None, found, levels, (table.target_name,))
    X = table.X if used.all() else table.X[:, used]
    columns = tuple(_column(name, kind) for name, kind in zip(table.features, decided, strict=True))
    return Dataset(
        Rows(X, y, groups, origin=np.arange(len(y))), schema, columns, table.notes + _notes(table.features, decided)
    )


def _checked(table: Table, said: Mapping[str, str]) -> Mapping[str, str]:
    for name, word in said.items():
        if name not in table.features:
            raise HoldoutError(
                f"{table.name}: there is no column {name!r} (data.columns in params.yaml); an array's columns are "
                f"{table.features[0]} to {table.features[-1]}"
            )
        if word not in SET:
            raise HoldoutError(
                f"{table.name}: data.columns.{name} is {word!r}, allowed for an array's column: {', '.join(SET)}"
            )
    return said


def _facts(X: Array) -> Facts:
    facts = Facts(X.shape[1])
    for start in range(0, len(X), CHUNK):
        facts.add(np.asarray(X[start : start + CHUNK], np.float64))
    return facts


def _kind(table: Table, facts: Facts, index: int, said: Mapping[str, str]) -> Verdict:
    name = table.features[index]
    if word := said.get(name):
        return Verdict(NUMBER) if word == NUMBER else Verdict(kinds.IDENTIFIER, "data.columns says drop")
    kind = kinds.of_numbers(name, index, facts, table.X)
    return Verdict(NUMBER) if kind.kind == FLAG else kind  # an array's numbers stay numbers


def _column(name: str, kind: Verdict) -> SourceColumn:
    return SourceColumn(name, kind.kind, INPUT if kind.used else DROP, kind.reason)


def _notes(names: Sequence[str], decided: Sequence[Verdict]) -> tuple[str, ...]:
    notes = [
        f"column {name!r} is left out: it {kind.reason} (data.columns: {{{name!r}: number}} would use it)"
        for name, kind in zip(names, decided, strict=True)
        if kind.kind == kinds.IDENTIFIER and "drop" not in kind.reason
    ]
    constant = [repr(name) for name, kind in zip(names, decided, strict=True) if kind.kind == kinds.CONSTANT]
    if constant:
        listed = ", ".join(constant[:5]) + (", …" if len(constant) > 5 else "")
        left = checks.counted(len(constant), "column is left out, for it is", "columns are left out, for they are")
        notes.append(f"{left} constant: {listed}")
    return tuple(notes)
