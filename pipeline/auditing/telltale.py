"""Columns that would not be there, or would not help, for a new row: they give the target away or number the rows."""

import re
from collections.abc import Iterator

import numpy as np

from pipeline.auditing.binned import PROMISING, every, skill, skills
from pipeline.auditing.pitfalls import ALARM, WARNING, Finding
from pipeline.data.identifiers import named_like_one
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, DATE, FLAG, NUMBER, Schema

Array = np.ndarray
LISTED = 10  # findings of one kind
SURE, SUSPECT = 0.97, 0.93  # of what can be told; the best column of iris tells 0.89
IN_ORDER = 0.999  # rank correlation with the row's place
OWNERS = re.compile(
    r"(?:^|[\W_])(?:patient|person|subject|user|customer|client|device|session|speaker|writer|family|household|"
    r"participant|animal|donor|player|student|worker|machine|sensor|site|hospital|school)s?(?:$|[\W_])",
    re.IGNORECASE,
)
REPEATS = (2, 50)  # mean rows per value of a column that names groups
VALUES = 5
BEYOND = 0.3  # skill of exact values beyond that of the values beside them
OFTEN = 20  # rows per level from which a category is one that predicts rather than one that names groups


def given_away(rows: Rows, schema: Schema) -> list[Finding]:
    """HD06, for each column that tells nearly all of a target alone, by cross-validation on these rows."""
    found = skills(rows.X, rows.y, schema)
    order = np.argsort(-found, kind="stable")[:LISTED]
    return [_telling(schema.features[j], float(found[j])) for j in order if found[j] >= SUSPECT]


def _telling(name: str, told: float) -> Finding:
    said = (
        f"column {name} alone tells {100 * told:.1f} % of the target: would it be known before the answer is? "
        "If not, set it to drop"
    )
    return Finding("HD06", ALARM if told >= SURE else WARNING, said, (name,), {"told": told})


def numbering(rows: Rows, schema: Schema) -> list[Finding]:
    """HD07, for each column of numbers whose values differ in every row and follow the order of the rows."""
    return list(_numbering(rows, schema))[:LISTED]


def _numbering(rows: Rows, schema: Schema) -> Iterator[Finding]:
    if rows.origin is None or len(rows) < 20 or (rows.X.dtype == np.uint8 and len(rows) > 300):  # bytes repeat
        return
    some = every(len(rows))
    X, places = np.array(rows.X[some], np.float64), np.argsort(np.argsort(rows.origin[some]))
    for j, name in enumerate(schema.features):
        x = X[:, j]
        if (schema.kinds and schema.kinds[j] not in (NUMBER, DATE)) or np.isnan(x).any():
            continue
        different = len(np.unique(x)) / len(x)
        if different < 0.95:
            continue
        follows = abs(float(np.corrcoef(np.argsort(np.argsort(x)), places)[0, 1]))
        if follows >= IN_ORDER:
            told = skill(x, rows.y[some], schema)
            yield _following(name, follows, told, bool(schema.kinds) and schema.kinds[j] == DATE)
        elif (x == np.floor(x)).all() and named_like_one(name):
            said = f"column {name} differs in nearly every row and is named like an identifier: set it to drop"
            yield Finding("HD07", WARNING, said, (name,), {"different": different})


def _following(name: str, follows: float, told: float, date: bool) -> Finding:
    tells = f" and tells {100 * told:.0f} % of the target" if told >= PROMISING else ""
    way = "set it to time" if date else "set it to drop, or to time if it is one"
    said = f"column {name} follows the order of the rows{tells}: a new row has no place in it; {way}"
    return Finding("HD07", ALARM if tells else WARNING, said, (name,), {"follows": follows, "told": told})


def belonging(rows: Rows, schema: Schema) -> list[Finding]:
    """HD08, for each column whose values repeat as the names of persons or devices do."""
    return list(_belonging(rows, schema))[:LISTED] if rows.groups is None else []


def _belonging(rows: Rows, schema: Schema) -> Iterator[Finding]:
    if len(rows) < 20 or not schema.kinds:
        return
    some = every(len(rows))
    X, y = np.array(rows.X[some], np.float64), rows.y[some]
    for j, name in enumerate(schema.features):
        kind, x = schema.kinds[j], X[:, j]
        present = x[~np.isnan(x)]
        values = len(np.unique(present))
        if kind in (FLAG, DATE) or values < VALUES or not REPEATS[0] <= len(present) / values <= REPEATS[1]:
            continue
        if kind == NUMBER and not (present == np.floor(present)).all():
            continue
        beyond = _beyond(x, y, schema, kind == CATEGORY, len(present) / values)
        named = bool(OWNERS.search(name)) or named_like_one(name)
        if named or beyond >= BEYOND:
            yield _owning(name, values, len(present) / values, beyond, named)


def _beyond(x: Array, y: Array, schema: Schema, coded: bool, often: float) -> float:
    """How much more the exact value tells than the values beside it; of levels, which have none beside, all."""
    if coded and often > OFTEN:
        return 0.0
    targets = list(y.reshape(len(y), -1).T)
    exact = max(skill(np.unique(x, return_inverse=True)[1], target, schema, coded=True) for target in targets)
    return exact if coded else exact - max(_beside(x, target, schema) for target in targets)


def _beside(x: Array, y: Array, schema: Schema) -> float:
    """What a value's neighbors tell: as ``skill``, each second of the different values answering for the others."""
    known = ~np.isnan(x)
    values, place = np.unique(x[known], return_inverse=True)
    y = y[known]
    count = len(schema.classes) if schema.task == CLASSIFICATION else 1
    each = np.eye(count)[y] if count > 1 else y.reshape(-1, 1).astype(np.float64)
    sums = np.zeros((len(values), each.shape[1]))
    np.add.at(sums, place, each)
    sizes = np.bincount(place)[:, None]
    around = _neighbors(sums) / np.maximum(_neighbors(sizes.astype(np.float64)), 1)
    answers = around[place]
    if count > 1:
        wrong = float((answers.argmax(axis=1) != y).sum())
        return max(0.0, 1 - wrong / max(1, len(y) - int(np.bincount(y).max())))
    spread = float(np.square(y - y.mean()).sum())
    return max(0.0, 1 - float(np.square(answers[:, 0] - y).sum()) / spread) if spread else 0.0


def _neighbors(sums: Array) -> Array:
    padded = np.pad(sums, ((2, 2), (0, 0)))
    found: Array = padded[:-4] + padded[1:-3] + padded[3:-1] + padded[4:]
    return found


def _owning(name: str, values: int, often: float, beyond: float, named: bool) -> Finding:
    why = "is named like the owner of several rows" if named else "tells more by its exact values than by near ones"
    said = (
        f"column {name} has {values} values, each in {often:.1f} rows, and {why}: if rows of one value belong "
        f"together, set it to group"
    )
    severity = ALARM if beyond >= BEYOND and named else WARNING
    return Finding("HD08", severity, said, (name,), {"values": values, "rows_per_value": often, "told": beyond})


def dated(rows: Rows, schema: Schema) -> list[Finding]:
    """HD09, for columns of dates while rows are dealt at random."""
    if rows.moments is not None or not schema.kinds:
        return []
    names = [name for name, kind in zip(schema.features, schema.kinds, strict=True) if kind == DATE]
    return [
        Finding(
            "HD09",
            WARNING,
            f"column {name} is a date, and rows are dealt at random: the test asks about days that were learned from; "
            "if the model is to be used on later rows, set it to time",
            (name,),
        )
        for name in names[:LISTED]
    ]
