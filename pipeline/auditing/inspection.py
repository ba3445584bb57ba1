"""All checks of the data, on rows that are open and counts of those that are not."""

from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.auditing import counting, telltale
from pipeline.auditing.clusters import MOST, Clumps, clumps
from pipeline.auditing.crossing import Counts
from pipeline.auditing.drift import alike_in_order
from pipeline.auditing.pitfalls import ALARM, INFO, WARNING, Finding, ordered
from pipeline.auditing.samples import fitting, joined, runs
from pipeline.auditing.sums import adding_up
from pipeline.auditing.views import points
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, Schema

TWINS_ALARM, TWINS_WARNING, TWINS_LEAST = 0.05, 0.01, 3  # shares of the rows, and how many at least
CLUMPED, ALL_CLUMPED = 0.6, 0.85  # shares of the rows; iris has 0.40, digits 0.32
ORDERED = 0.3  # of the variance; wine has 0.16
DIFFERENT, SURELY = 0.6, 5.0  # AUC, and standard deviations of chance
VERY_DIFFERENT = 0.75


def inspect(train: Rows, validation: Rows, parts: dict[str, Counts], schema: Schema) -> list[Finding]:
    """What is to be known of the open rows, and of the other parts by their counts; the gravest first."""
    with threadpool_limits(1, "blas"):  # the same bits whatever the number of cores
        return ordered(_findings(train, validation, parts, schema))


def _findings(train: Rows, validation: Rows, parts: dict[str, Counts], schema: Schema) -> list[Finding]:
    found = [
        *telltale.given_away(train, schema),
        *adding_up(train, schema),
        *telltale.numbering(train, schema),
        *telltale.belonging(train, schema),
        *telltale.dated(train, schema),
        *counting.enough(train, parts, schema),
        *counting.usual(train, schema),
        *counting.conflicting(joined(train.X, validation.X), np.concatenate([train.y, validation.y]), schema),
        *_together(train, validation, schema),
    ]
    for name, facts in parts.items():
        found += _twins(name, facts)
        found += _shifted(name, facts, train.moments is not None)
    return found


def _twins(part: str, facts: Counts) -> Iterator[Finding]:
    among = "another part"
    unseen = facts["others"] / max(1, facts["held"])  # of half of the others, half of the twins are found
    kinds = (
        ("HD01", facts["equal"], f"are also in {among}", 0),
        ("HD02", facts["near"] + facts["multiples"], f"are near twins of rows of {among}: noise, rounding, scale", 0),
        ("HD03", facts["images"], f"are images of {among}, mirrored, turned or moved", 0),
        ("HD04", facts["changed"], f"equal a row of {among} in all columns but one", 0),
        ("HD08", facts["groups"], f"declared groups have rows in {among} too", 1),
    )
    for code, count, what, groups in kinds:
        if not count:
            continue
        share = min(1.0, count / facts["rows"] if code == "HD01" else count / max(1, facts["compared"]) * unseen)
        grave = ALARM if share >= TWINS_ALARM or code == "HD01" or groups else INFO
        if grave == INFO and share >= TWINS_WARNING and count >= TWINS_LEAST:
            grave = WARNING
        looked = facts["rows"] if code == "HD01" else facts["compared"]
        of = f"{count} of {looked:,} rows of the {part} part {what}" if not groups else f"{count} {what}"
        sampled = _sampled(facts, share) if code in ("HD02", "HD03", "HD04") else ""
        way = "; if they come from one source, name it as the group" if not groups else ""
        yield Finding(code, grave, f"{of}{sampled}{way}", (part,), {"rows": count, "share": share})


def _sampled(facts: Counts, share: float) -> str:
    """Where not all rows were compared: how many were, and what follows for all."""
    if facts["compared"] == facts["rows"] and facts["held"] == facts["others"]:
        return ""
    others = f"{facts['held']:,} of {facts['others']:,} others"
    return f" (samples were compared: of its {facts['rows']:,} rows, and {others}; so of all {100 * share:.2g} %)"


def _shifted(part: str, facts: Counts, by_time: bool) -> Iterator[Finding]:
    auc, z = facts.get("auc", 0.5), facts.get("z", 0.0)
    if auc < DIFFERENT or z < SURELY:
        return
    why = "they are dealt by time, so the world has moved" if by_time else "they should not be, dealt at random"
    said = f"rows of the {part} part can be told from the training rows ({100 * auc:.0f} % of pairs): {why}"
    grave = ALARM if auc >= VERY_DIFFERENT and not by_time else WARNING
    yield Finding("HD10", grave, said, (part,), {"auc": auc, "z": z})


def _together(train: Rows, validation: Rows, schema: Schema) -> Iterator[Finding]:
    """HD08 and HD09 where no column tells: rows that lie in clumps, and rows that are alike where they are near."""
    if train.origin is None or validation.origin is None or len(train) + len(validation) < 40:
        return
    both = joined(train.X, validation.X)
    order = np.argsort(np.concatenate([train.origin, validation.origin]), kind="stable")
    order = order[runs(len(order), fitting(both))]
    X, y = both[order], np.concatenate([train.y, validation.y])[order]
    (seen,) = points(X, X, schema=schema)
    if train.moments is None and train.groups is None:
        yield from _neighboring(seen, y, schema)
    if train.groups is None:
        yield from _clumped(X, seen, y, schema)


def _neighboring(seen: np.ndarray, y: np.ndarray, schema: Schema) -> Iterator[Finding]:
    alike = alike_in_order(seen, y, schema)
    if alike >= ORDERED:
        said = (
            f"rows that follow each other in the file are alike ({100 * alike:.0f} % of the variance): they come from "
            "one time, place or person; dealt at random, the test asks about neighbors of what was learned; set a "
            "column to time or to group"
        )
        yield Finding("HD09", WARNING, said, (), {"alike": alike})


def _clumped(X: np.ndarray, seen: np.ndarray, y: np.ndarray, schema: Schema) -> Iterator[Finding]:
    firsts = np.unique(same_rows(X))
    kept = firsts[:: max(1, -(-len(firsts) // MOST))]
    found = clumps(seen[kept])
    if found.share < CLUMPED:
        return
    agree = _agreement(found, y[kept], schema)
    said = (
        f"{100 * found.share:.0f} % of the rows lie in {found.number} clumps, as the rows of one person or device do"
        f"{', which share their target' if agree >= CLUMPED else ''}: if there are such, name them in a column and "
        "set it to group"
    )
    grave = ALARM if found.share >= ALL_CLUMPED or agree >= CLUMPED else WARNING
    yield Finding("HD08", grave, said, (), {"share": found.share, "clumps": found.number, "agreement": agree})


def _agreement(found: Clumps, y: np.ndarray, schema: Schema) -> float:
    """How much of what a target varies is told by the clump: 1 if all rows of each have one."""
    inside = found.member >= 0
    member, y = np.unique(found.member[inside], return_inverse=True)[1], y[inside].reshape(inside.sum(), -1)
    each = np.eye(len(schema.classes))[y[:, 0]] if schema.task == CLASSIFICATION else y.astype(np.float64)
    counts = np.bincount(member)[:, None]
    sums = np.zeros((len(counts), each.shape[1]))
    np.add.at(sums, member, each)
    left = np.square(each - (sums / counts)[member]).sum() * len(each) / max(1, len(each) - len(counts))
    whole = np.square(each - each.mean(axis=0)).sum()
    return float(max(0.0, 1 - left / whole)) if whole else 0.0
