"""Who is ahead: means over splits, ranks, wins, and ratios of errors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

Facts = Mapping[str, Any]
Results = dict[tuple[str, int, str], Facts]  # by table, split, contestant
FAILED = "failed"


def by_try(found: Iterable[Facts]) -> Results:
    return {(one["table"], one["split"], one["contestant"]): one for one in found}


def tried(results: Results, table: str, name: str) -> bool:
    """Whether a contestant has a result, if only a failure, on split 1 of a table."""
    return (table, 1, name) in results


def comparable(results: Results, tables: Sequence[str], names: Sequence[str]) -> list[str]:
    """The contestants that were tried on at least half of as many tables as anybody."""
    counts = {name: sum(tried(results, table, name) for table in tables) for name in names}
    return [name for name in names if counts[name] and 2 * counts[name] >= max(counts.values())]


def common_splits(results: Results, table: str, names: Sequence[str], most: int) -> int:
    """How many splits, from the first on, all of them have of a table."""
    splits = range(1, most + 1)
    return next((split - 1 for split in splits if not all((table, split, name) in results for name in names)), most)


def filled(results: Results, table: str, split: int, names: Sequence[str], what: str = "score") -> list[float]:
    """A number of each contestant; who failed has the worst that any other has there."""
    found = [results[table, split, name] for name in names]
    values = [float(one[what]) for one in found if one["status"] != FAILED]
    worst = max(values, default=float("nan"))
    return [worst if one["status"] == FAILED else float(one[what]) for one in found]


@dataclass(frozen=True)
class Standing:
    """Means over splits: arrays are (tables, contestants); log losses are NaN of regressions."""

    tables: tuple[str, ...]
    names: tuple[str, ...]
    splits: tuple[int, ...]
    scores: np.ndarray
    log_losses: np.ndarray
    cpu_seconds: np.ndarray
    failures: np.ndarray

    @property
    def ranks(self) -> np.ndarray:
        """1 is best; equal ones share the mean of their ranks."""
        return np.array([rankdata(np.round(row, 12)) for row in self.scores])

    @property
    def wins(self) -> np.ndarray:
        """(contestants,) tables on which nobody is better."""
        best = self.scores.min(axis=1, keepdims=True)
        found: np.ndarray = np.isclose(self.scores, best, rtol=1e-12, atol=0).sum(axis=0)
        return found

    def ratios(self, against: str) -> np.ndarray:
        """(contestants,) geometric mean over the tables of the score over that of ``against``."""
        scores = np.maximum(self.scores, np.finfo(np.float64).tiny)
        logs = np.log(scores / scores[:, [self.names.index(against)]])
        found: np.ndarray = np.exp(logs.mean(axis=0))
        return found

    def better(self, one: str, other: str) -> int:
        """Tables on which ``one`` has the lower score."""
        return int((self.scores[:, self.names.index(one)] < self.scores[:, self.names.index(other)]).sum())


def stand(results: Results, tables: Sequence[str], names: Sequence[str], most: int) -> Standing:
    """The standing of these contestants on these tables, each over the splits that all of them have, up to ``most``."""
    splits = {table: common_splits(results, table, names, most) for table in tables}
    used = [table for table in tables if splits[table]]

    def means(what: str) -> np.ndarray:
        return np.array([_mean(results, table, splits[table], names, what) for table in used]).reshape(-1, len(names))

    def failed(table: str, name: str) -> int:
        return sum(results[table, split, name]["status"] == FAILED for split in range(1, splits[table] + 1))

    failures = np.array([[failed(table, name) for name in names] for table in used]).reshape(-1, len(names))
    return Standing(tuple(used), tuple(names), tuple(splits[table] for table in used),
                    means("score"), means("log_loss"), means("cpu_seconds"), failures)  # fmt: skip


def _mean(results: Results, table: str, splits: int, names: Sequence[str], what: str) -> np.ndarray:
    if not any(what in results[table, 1, name] for name in names):
        return np.full(len(names), np.nan)
    rows = [filled(results, table, split, names, what) for split in range(1, splits + 1)]
    found: np.ndarray = np.mean(rows, axis=0)
    return found
