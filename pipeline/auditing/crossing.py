"""What can be counted of two parts, one of which may be sealed: nothing that tells of a single row."""

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.auditing.drift import shift
from pipeline.auditing.rounding import rounded
from pipeline.auditing.samples import few
from pipeline.auditing.twins import FEW, twins
from pipeline.auditing.views import points
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION, Schema

Counts = dict[str, Any]


def crossing(asked: Rows, among: Rows, schema: Schema) -> Counts:
    """Counts of the rows ``asked`` beside those that they are held against: twins, shared groups, shift, classes."""
    with threadpool_limits(1, "blas"):  # the same bits whatever the number of cores
        return _crossing(asked, among, schema)


def _crossing(asked: Rows, among: Rows, schema: Schema) -> Counts:
    found: Counts = {"rows": len(asked), **twins(asked.X, among.X, schema)._asdict()}
    found["groups"] = _shared(asked, among)
    found["classes"] = per_class(asked, schema)
    if min(len(asked), len(among)) >= FEW:
        known = few(among.X)
        one, other = points(known, known, few(asked.X), schema=schema)
        told = shift(one, other, _units(among, asked))
        found |= {"auc": rounded(told.auc), "z": rounded(told.z)}
    return found


def _shared(asked: Rows, among: Rows) -> int:
    """Groups that have rows in both."""
    if asked.groups is None or among.groups is None:
        return 0
    return len(np.intersect1d(asked.groups, among.groups))


def _units(among: Rows, asked: Rows) -> tuple[int, int] | None:
    """How many groups are in each, where rows have groups."""
    if among.groups is None or asked.groups is None:
        return None
    return len(np.unique(among.groups)), len(np.unique(asked.groups))


def per_class(rows: Rows, schema: Schema) -> list[int]:
    """Rows of each class, or with each label; none for numbers."""
    if schema.task == REGRESSION:
        return []
    if schema.task == CLASSIFICATION:
        return [int(count) for count in np.bincount(rows.y, minlength=len(schema.classes))]
    return [int(count) for count in rows.y.sum(axis=0)]
