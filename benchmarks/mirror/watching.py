"""What MLflow's database shows and when, read by SQL, beside the mirror and through nothing of MLflow."""

import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sqlalchemy

from pipeline.tracking import described
from pipeline.trials.folder import as_it_stands

EVERY = 0.25  # seconds between two looks
SHOWN = "select run_uuid, step from latest_metrics where key = 'train/loss'"
KEYS = "select run_uuid, value from tags where key = 'holdout.key'"
ALL = "select key, step, value, is_nan from metrics where run_uuid = :run"


class Lost(NamedTuple):
    """Metrics that trials' histories hold, those that the database lacks or has otherwise, and those it has twice."""

    metrics: int
    lost: int
    twice: int


class Watcher:
    """Looks at the database four times a second, until it is stopped."""

    def __init__(self, uri: str) -> None:
        self._engine, self._ended = sqlalchemy.create_engine(uri, pool_pre_ping=True), threading.Event()
        self._seen: dict[str, list[tuple[float, int]]] = {}
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def lags(self, written: list[tuple[str, int, float]]) -> np.ndarray:
        """Seconds from an epoch's being on disk to its being seen, (epochs,); infinite if it never was."""
        with self._engine.connect() as connection:
            runs = {key: run for run, key in connection.execute(sqlalchemy.text(KEYS))}
        found = []
        for key, epoch, moment in written:
            seen = (when for when, step in self._seen.get(runs.get(key, ""), ()) if step >= epoch)
            found.append(next(seen, np.inf) - moment)
        return np.array(found)

    def count(self, store: Path) -> Lost:
        """Hold each history against the database, number by number."""
        metrics = lost = twice = 0
        with self._engine.connect() as connection:
            runs = {key: run for run, key in connection.execute(sqlalchemy.text(KEYS))}
            for folder in sorted(path.parent for path in store.glob("*/summary.json")):
                points = described.curves(as_it_stands("", folder))
                expected = {(point.name, point.step): point.value for point in points}
                found: dict[tuple[str, int], list[float]] = {}
                for name, step, value, nan in connection.execute(sqlalchemy.text(ALL), {"run": runs.get(folder.name)}):
                    found.setdefault((name, step), []).append(np.nan if nan else value)
                metrics += len(expected)
                lost += sum(
                    not any(_same(value, one) for one in found.get(point, ())) for point, value in expected.items()
                )
                twice += sum(len(found.get(point, ())) > 1 for point in expected)
        return Lost(metrics, lost, twice)

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            try:
                with self._engine.connect() as connection:
                    rows = list(connection.execute(sqlalchemy.text(SHOWN)))
            except sqlalchemy.exc.SQLAlchemyError:  # no tables yet, or the server is down
                continue
            now = time.time()
            for run, step in rows:
                known = self._seen.setdefault(run, [])
                if not known or known[-1][1] < step:
                    known.append((now, step))


def _same(one: float, other: float) -> bool:
    return one == other or (np.isnan(one) and np.isnan(other))
