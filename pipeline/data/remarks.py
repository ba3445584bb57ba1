"""What a person should know of rows before trusting a score on them: found in the rows, and said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.data.card import SourceColumn
from pipeline.data.checks import counted
from pipeline.data.roles import TARGET
from pipeline.feed.equality import same_rows
from pipeline.feed.inputs import Preprocessing
from pipeline.feed.rows import Rows, numbered
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, DATE, FLAG, NUMBER, UNSEEN, Schema

Array = np.ndarray
CHUNK = 8192
LISTED = 3  # columns that a remark names
RARE_CLASS = 0.05  # share of the rows
GAPS = 0.2  # share of a column's rows
FEW = 5  # rows of a level
UNEVEN = 100  # times the spread of another column


@dataclass
class Counts:
    """What is counted of X (rows, columns): missing values, smallest, largest, sums, and rows per level; (columns,)."""

    missing: Array
    low: Array
    high: Array
    sums: Array
    squares: Array
    levels: dict[int, Array] = field(default_factory=dict)
    rows: int = 0

    @property
    def spread(self) -> Array:
        """Standard deviation of each column's values."""
        present = np.maximum(self.rows - self.missing, 1)
        found: Array = np.sqrt(np.maximum(self.squares / present - np.square(self.sums / present), 0))
        return found


def count(X: Array, schema: Schema) -> Counts:
    """Counts of raw rows, a chunk at a time."""
    width = X.shape[1]
    counts = Counts(np.zeros(width, np.int64), np.full(width, np.inf), np.full(width, -np.inf), *np.zeros((2, width)))
    counts.levels = {
        i: np.zeros(len(known) + 1, np.int64) for i, known in enumerate(schema.levels) if _leveled(schema, i)
    }
    shift = np.nan_to_num(np.asarray(X[:1], np.float64))  # else a date's square would drown its spread
    for start in range(0, len(X), CHUNK):
        rows = np.asarray(X[start : start + CHUNK], np.float64)
        gaps = np.isnan(rows)
        counts.missing += gaps.sum(axis=0)
        counts.low, counts.high = np.fmin(counts.low, np.fmin.reduce(rows)), np.fmax(counts.high, np.fmax.reduce(rows))
        moved = np.where(gaps, 0, rows - shift)
        counts.sums += moved.sum(axis=0)
        counts.squares += np.square(moved).sum(axis=0)
        for index, found in counts.levels.items():
            codes = rows[~gaps[:, index], index].astype(np.int64)
            found += np.bincount(np.where(codes == UNSEEN, len(found) - 1, codes), minlength=len(found))
        counts.rows += len(rows)
    return counts


def _leveled(schema: Schema, index: int) -> bool:
    return schema.kinds[index] in (CATEGORY, FLAG)


def remark(rows: Rows, schema: Schema, columns: Sequence[SourceColumn]) -> tuple[tuple[SourceColumn, ...], list[str]]:
    """The columns with what was found in them, and remarks, one line each."""
    counts = count(rows.X, schema)
    found = dict(zip(schema.features, _found(counts, schema), strict=True)) if columns else {}
    found |= {column.name: _target(rows, schema, column) for column in columns if column.use == TARGET}
    described = tuple(column._replace(found=found.get(column.name, column.found)) for column in columns)
    return described, [*_repeats(rows), *_classes(rows, schema), *_columns(counts, schema)]


def _found(counts: Counts, schema: Schema) -> Iterator[str]:
    """One phrase per feature: its range, or its levels, and its gaps."""
    for index in range(len(schema.features)):
        phrase = _phrase(counts, schema, index)
        gaps = counts.missing[index]
        yield phrase + (f", {_share(gaps, counts.rows)} missing" if gaps else "")


def _phrase(counts: Counts, schema: Schema, index: int) -> str:
    kind = schema.kinds[index] if schema.kinds else NUMBER
    low, high = counts.low[index], counts.high[index]
    if kind in (CATEGORY, FLAG):
        per_level = counts.levels[index][:-1]
        most = int(per_level.argmax())
        often = f"{schema.levels[index][most]!r} in {_share(per_level[most], counts.rows)}"
        return often if kind == FLAG else f"{int((per_level > 0).sum())} levels, {often}"
    if kind == DATE and np.isfinite(low):
        return f"{_day(low)} to {_day(high)}"
    return f"{low:g} to {high:g}" if np.isfinite(low) else "no values"


def _day(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s")).replace("T00:00:00", "").replace("T", " ")


def _share(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.0f} %" if share >= 0.5 or not part else "under 1 %"


def _target(rows: Rows, schema: Schema, column: SourceColumn) -> str:
    if schema.task == CLASSIFICATION:
        return f"{len(schema.classes)} classes"
    place = schema.targets.index(column.name)
    y = rows.y[:, place] if rows.y.ndim == 2 else rows.y
    return f"{y.min():g} to {y.max():g}" if not schema.classes else f"yes in {_share(int(y.sum()), len(y))}"


def _repeats(rows: Rows) -> Iterator[str]:
    same = same_rows(rows.X)
    again = np.flatnonzero(same != numbered(len(same)))
    repeated = len(again)
    if not repeated:
        return
    yield f"{repeated} of {len(same)} rows repeat the inputs of another row; they stay in one part"
    several = np.union1d(again, same[again])
    targets = np.unique(rows.y[several], axis=0, return_inverse=True)[1].ravel()
    pairs = np.unique(np.stack([same[several], targets]), axis=1)
    conflicts = int((np.unique(pairs[0], return_counts=True)[1] > 1).sum())
    if conflicts:
        sets = "set of rows has" if conflicts == 1 else "sets of rows have"
        yield f"{conflicts} {sets} equal inputs but different targets"


def _classes(rows: Rows, schema: Schema) -> Iterator[str]:
    if schema.task != CLASSIFICATION:
        return
    per_class = np.bincount(rows.y, minlength=len(schema.classes))
    for name, size in zip(schema.classes, per_class, strict=True):
        if size < RARE_CLASS * len(rows) and len(schema.classes) * RARE_CLASS < 1:
            yield (
                f"class {name!r} has {_share(int(size), len(rows))} of the rows ({size}): a model that never answers "
                "it is seldom wrong, so look at the mistakes by class too"
            )


def _columns(counts: Counts, schema: Schema) -> Iterator[str]:
    if not schema.kinds:
        constant = [
            name for name, low, high in zip(schema.features, counts.low, counts.high, strict=True) if low == high
        ]
        if constant:
            are = "is" if len(constant) == 1 else "are"
            yield f"{len(constant)} of {len(schema.features)} columns {are} constant: {_listed(constant)}"
        return
    gaps = [(counts.missing[i] / counts.rows, name) for i, name in enumerate(schema.features)]
    if many := [f"{name!r} {100 * share:.0f} %" for share, name in sorted(gaps, reverse=True) if share >= GAPS]:
        yield f"{counted(len(many), 'column has', 'columns have')} many missing values: {_listed(many)}"
    rare = [(name, counts.levels[i][:-1]) for i, name in enumerate(schema.features) if schema.kinds[i] == CATEGORY]
    few = [(f"{name!r}", int(((found > 0) & (found < FEW)).sum())) for name, found in rare]
    if named := [f"{name} ({number})" for name, number in few if number]:
        yield f"{counted(len(named), 'column has', 'columns have')} levels with fewer than {FEW} rows: {_listed(named)}"
    most = Preprocessing().levels
    if many := [f"{name!r} ({held})" for name, found in rare if (held := int((found > 0).sum())) > most]:
        yield (
            f"{counted(len(many), 'column has', 'columns have')} more levels than preprocessing.levels lets have an "
            f"input of their own, {most} by default: {_listed(many)}; the rarest share one"
        )
    yield from _uneven(counts, schema)


def _uneven(counts: Counts, schema: Schema) -> Iterator[str]:
    spreads = sorted((counts.spread[i], name) for i, name in enumerate(schema.features) if schema.kinds[i] == NUMBER)
    spreads = [(spread, name) for spread, name in spreads if spread > 0]
    if len(spreads) > 1 and spreads[-1][0] > UNEVEN * spreads[0][0]:
        (small, least), (large, most) = spreads[0], spreads[-1]
        yield (
            f"columns differ in spread, from {least!r} ({small:.3g}) to {most!r} ({large:.3g}): scale each on its own, "
            "as preprocessing=auto does"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
