"""A stage in which nothing new came about doesn't wait for MLflow: it knows what the database shows already."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.tracking import mirror, shown
from tests.tracking import fake_store
from tests.tracking.conftest import Shown

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


def _new_trial() -> None:
    fake_store.record("baseline", "a9", 9)
    fake_store.finished_trial("a9", fake_store.settings(0.2, 30), 0.09)


def _trained_again() -> None:
    fake_store.finished_trial("a1", fake_store.settings(0.01, 30), 0.08, "diverged")


def _killed_trial() -> None:
    fake_store.record("baseline", "a9", 9)
    fake_store.running_trial("a9", 1, **fake_store.DEAD)


def _forgotten() -> None:
    Path(".trials/shown.json").unlink()


NEWS = {
    "a trial more": _new_trial,
    "a trial that ended otherwise": _trained_again,
    "one that trains now": lambda: fake_store.running_trial("a0", 1),
    "one whose process is dead": _killed_trial,
    "a selection": fake_store.select,
    "a test score": fake_store.evaluate,
    "no database": lambda: Path("mlflow.db").unlink(),
    "no memory of it": _forgotten,
}


@pytest.mark.parametrize("change", NEWS.values(), ids=NEWS)
def test_what_is_new_is_seen(show: Show, change: Callable[[], object]) -> None:
    show()
    assert not shown.news(final=False)
    assert not shown.news(final=True)
    change()
    assert shown.news(final=False)
    assert shown.news(final=True)


def test_a_pass_takes_news_away(show: Show) -> None:
    show()
    _new_trial()
    show()
    assert not shown.news(final=True)


def test_an_older_copy_of_the_database_is_not_taken_for_the_one_that_was_written(show: Show) -> None:
    show()
    with sqlite3.connect("mlflow.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile("mlflow.db", "older")
    _new_trial()
    show()
    assert not shown.news(final=True)
    for path in Path().glob("mlflow.db*"):
        path.unlink()
    shutil.copyfile("older", "mlflow.db")
    assert shown.news(final=True)
    found = show()
    assert found.trial("a9").info.status == "FINISHED"


def test_a_server_is_always_asked(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    show()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert shown.news(final=True)


def test_trials_that_are_found_one_after_the_other_are_no_news_and_missing_ones_are_at_the_end(show: Show) -> None:
    show()
    fake_store.record("baseline", "a1", 0, "second")
    assert not shown.news(final=False)
    assert shown.news(final=True)
    assert show().trial("a0").data.tags["holdout.stale"] == "true"


def test_a_run_that_is_left_running_is_looked_after_again(show: Show) -> None:
    fake_store.running_trial("a9", 1)
    fake_store.record("baseline", "a9", 9)
    show()
    assert shown.news(final=True)
    fake_store.running_trial("a9", 1, **fake_store.DEAD)
    show()
    assert not shown.news(final=True)


def test_nothing_new_means_no_pass_not_even_at_the_end(show: Show) -> None:
    show()
    ended = threading.Event()
    threading.Timer(0.05, ended.set).start()
    mirror.follow(ended, lambda final: pytest.fail("a pass"), interval=0.01)


def test_a_mirror_with_nothing_to_do_never_imports_mlflow(show: Show, project: Path) -> None:
    show()
    root = Path(mirror.__file__).parents[2]
    code = "import sys; from pipeline.tracking import mirror; mirror.main(); print('mlflow' in sys.modules)"
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}", "--follow"]
    done = subprocess.run(words, cwd=project, input="", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
