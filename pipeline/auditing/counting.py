"""Whether there are rows enough, of every class and in every part, for a score to say anything."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.auditing.crossing import Counts, per_class
from pipeline.auditing.pitfalls import ALARM, INFO, WARNING, Finding
from pipeline.data.checks import counted
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION, Schema

FEW_TEST, SOME_TEST = 20, 100  # rows
FEW_TRAINING = 50
FEW_OF_CLASS = 5
USUAL, NEARLY_ALL = 0.95, 0.99  # share of the most frequent value
CONFLICTS = 0.01  # of the rows


def enough(train: Rows, parts: Mapping[str, Counts], schema: Schema) -> Iterator[Finding]:
    """HD11, HD12. parts: counts of the other parts, by name."""
    rows = {"training": len(train), **{name: facts["rows"] for name, facts in parts.items()}}
    if rows["training"] < FEW_TRAINING:
        yield Finding("HD12", WARNING, f"only {rows['training']} rows to learn from", ("training",), rows)
    if schema.kinds == () and schema.image_shape is None and rows["training"] < len(schema.features):
        said = f"{rows['training']} rows for {len(schema.features)} columns: a network can learn them by heart"
        yield Finding("HD12", INFO, said, ("training",), rows)
    for name in ("validation", "test"):
        if name in rows and rows[name] < SOME_TEST:
            said = f"the {name} part has {counted(rows[name], 'row')}: {_told(rows[name], schema)}"
            yield Finding("HD12", WARNING if rows[name] < FEW_TEST else INFO, said, (name,), {"rows": rows[name]})
    yield from _classes({"training": per_class(train, schema), **{n: f["classes"] for n, f in parts.items()}}, schema)


def _told(rows: int, schema: Schema) -> str:
    """How little a score on so few rows says; of 0 errors, Clopper and Pearson's interval ends at 1 − 0.025^(1/n)."""
    if schema.task == REGRESSION:
        return "a mean of so few losses is uncertain, the more so where some of them are large"
    return f"even of no error at all, the 95 % interval goes up to {100 * (1 - 0.025 ** (1 / rows)):.3g} %"


def _classes(counts: Mapping[str, Sequence[int]], schema: Schema) -> Iterator[Finding]:
    word = "class" if schema.task == CLASSIFICATION else "label"
    for part, of_part in counts.items():
        absent = [name for name, rows in zip(schema.classes, of_part, strict=True) if not rows]
        few = [name for name, rows in zip(schema.classes, of_part, strict=True) if 0 < rows < FEW_OF_CLASS]
        if absent:
            said = f"the {part} part has no row of {word} {', '.join(absent[:5])}: nothing is measured of it"
            yield Finding("HD11", WARNING, said, tuple(absent), {"absent": len(absent)})
        if few:
            said = f"the {part} part has fewer than {FEW_OF_CLASS} rows of {word} {', '.join(few[:5])}"
            yield Finding("HD11", INFO, said, tuple(few), {"few": len(few)})


def usual(train: Rows, schema: Schema) -> Iterator[Finding]:
    """HD13: a value of the target that nearly all training rows have."""
    for name, y in _targets(train, schema):
        values, counts = np.unique(y, return_counts=True)
        share = float(counts.max() / len(y))
        if share < USUAL:
            continue
        value = f"{values[counts.argmax()]:g}"
        shown = schema.classes[int(values[counts.argmax()])] if schema.task == CLASSIFICATION else value
        apart = "the rows with another value apart"
        if schema.task != REGRESSION:
            apart = "the mistakes by class, or set weighting=balanced"
        said = (
            f"target {name} is {shown} in {100 * share:.1f} % of the training rows: always to answer that is wrong in "
            f"{100 * (1 - share):.2f} %; look at {apart}"
        )
        yield Finding("HD13", ALARM if share == 1 else WARNING, said, (name,), {"share": share})


def _targets(rows: Rows, schema: Schema) -> Iterator[tuple[str, np.ndarray]]:
    names = schema.classes if schema.task not in (CLASSIFICATION, REGRESSION) else schema.targets or ("target",)
    columns = rows.y.reshape(len(rows.y), -1)
    return zip(names, columns.T, strict=False)


def conflicting(X: np.ndarray, y: np.ndarray, schema: Schema) -> Iterator[Finding]:
    """HD05: rows of X (rows, columns) with equal inputs and different targets."""
    firsts = same_rows(X)
    again = firsts != np.arange(len(firsts))
    if not again.any():
        return
    alike = np.isin(firsts, firsts[again])  # the first of each set, too
    sets, targets = firsts[alike], y.reshape(len(y), -1)[alike]
    kinds = np.unique(targets, axis=0, return_inverse=True)[1].ravel()
    different, counts = np.unique(np.unique(np.stack([sets, kinds]), axis=1)[0], return_counts=True)
    mixed = int(np.isin(sets, different[counts > 1]).sum())
    said = f"{int(again.sum())} of {len(y)} rows repeat the inputs of another; they stay in one part"
    if mixed:
        said += f", and {mixed} have equal inputs but different targets: no model can tell those apart"
    severity = WARNING if mixed >= CONFLICTS * len(y) and schema.task != REGRESSION else INFO
    yield Finding("HD05", severity, said, (), {"repeated": int(again.sum()), "conflicting": mixed})
