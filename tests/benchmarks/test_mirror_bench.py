"""What ``python -m benchmarks.mirror`` counts as lost is lost."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmarks.mirror.watching import Watcher
from tests.tracking import fake_store


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that shows all metrics of a store of one trial."""
    monkeypatch.chdir(tmp_path)
    fake_store.finished_trial("a0", fake_store.settings(0.1, 30), 0.05)
    header, *lines = Path(".trials/a0/history.csv").read_text().splitlines()
    connection = sqlite3.connect(tmp_path / "shown.db")
    connection.execute("create table tags (run_uuid, key, value)")
    connection.execute("insert into tags values ('r', 'holdout.key', 'a0')")
    connection.execute("create table metrics (run_uuid, key, value, step, is_nan)")
    connection.execute("create table latest_metrics (run_uuid, key, step)")
    for line in lines:
        epoch, *values = line.split(",")
        rows = [
            ("r", name, float(one), int(epoch), False) for name, one in zip(header.split(",")[1:], values, strict=True)
        ]
        connection.executemany("insert into metrics values (?, ?, ?, ?, ?)", rows)
    connection.execute("insert into latest_metrics values ('r', 'train/loss', 4)")
    connection.commit()
    connection.close()
    return tmp_path / "shown.db"


@pytest.mark.parametrize(
    ("change", "lost", "twice"),
    [
        ("update tags set value = value", 0, 0),
        ("delete from metrics where step = 2", 4, 0),
        ("update metrics set value = value + 1e-12 where step = 2 and key = 'train/loss'", 1, 0),
        ("delete from tags", 20, 0),
        ("insert into metrics select * from metrics where step = 1", 0, 4),
    ],
)
def test_what_is_missing_changed_or_there_twice_is_counted(shown: Path, change: str, lost: int, twice: int) -> None:
    with sqlite3.connect(shown) as connection:
        connection.execute(change)
    connection.close()
    watcher = Watcher(f"sqlite:///{shown}")
    watcher.stop()
    assert watcher.count(Path(".trials")) == (20, lost, twice)


def test_a_lag_is_from_the_disk_to_the_first_look_that_shows_it(shown: Path) -> None:
    watcher = Watcher(f"sqlite:///{shown}")
    watcher.stop()
    watcher._seen = {"r": [(10.0, 1), (14.0, 3)]}
    lags = watcher.lags([("a0", 1, 9.0), ("a0", 2, 9.5), ("a0", 3, 13.0), ("a0", 4, 13.5), ("other", 1, 9.0)])
    assert lags.tolist() == [1.0, 4.5, 1.0, np.inf, np.inf]
