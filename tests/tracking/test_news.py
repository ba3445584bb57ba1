"""A stage in which nothing new came about doesn't wait for MLflow: it knows what the database shows already."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.tracking import contents, database, destination, mirror, news, rebuild, sync
from pipeline.tracking.contents import Contents
from pipeline.trials.folder import find_trial
from tests.tracking import fake_store
from tests.tracking.conftest import Shown

Show = type[Shown]
pytestmark = pytest.mark.filterwarnings("ignore::Warning")  # MLflow's, SQLAlchemy's and pydantic's own


def _is_news(final: bool) -> bool:
    return news.is_news(news.digests(Contents()), final)


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
    assert not _is_news(final=False)
    assert not _is_news(final=True)
    change()
    assert _is_news(final=False)
    assert _is_news(final=True)


def test_a_pass_takes_news_away(show: Show) -> None:
    show()
    _new_trial()
    show()
    assert not _is_news(final=True)


def test_an_older_copy_of_the_database_is_not_taken_for_the_one_that_was_written(show: Show) -> None:
    show()
    with sqlite3.connect("mlflow.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile("mlflow.db", "older")
    _new_trial()
    show()
    assert not _is_news(final=True)
    for path in Path().glob("mlflow.db*"):
        path.unlink()
    shutil.copyfile("older", "mlflow.db")
    assert _is_news(final=True)
    found = show()
    assert found.trial("a9").info.status == "FINISHED"


def test_a_server_is_always_asked(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    show()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert _is_news(final=True)


def test_trials_that_are_found_one_after_the_other_are_no_news_and_missing_ones_are_at_the_end(show: Show) -> None:
    show()
    fake_store.record("baseline", "a1", 0, "second")
    assert not _is_news(final=False)
    assert _is_news(final=True)
    assert show().trial("a0").data.tags["holdout.stale"] == "true"


def test_a_run_that_is_left_running_is_looked_after_again(show: Show) -> None:
    fake_store.running_trial("a9", 1)
    fake_store.record("baseline", "a9", 9)
    show()
    assert _is_news(final=True)
    fake_store.running_trial("a9", 1, **fake_store.DEAD)
    show()
    assert not _is_news(final=True)


def test_nothing_new_means_that_nothing_is_opened_not_even_at_the_end(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    show()
    monkeypatch.setattr(destination, "opened", lambda: pytest.fail("opened"))
    ended = threading.Event()
    threading.Timer(0.05, ended.set).start()
    mirror.follow(ended, interval=0.01)


def test_another_mirror_is_not_waited_for_where_there_is_nothing_new(show: Show) -> None:
    show()
    with ThreadPoolExecutor(1) as elsewhere, database.exclusive() as alone:  # the lock is let go first
        assert alone
        elsewhere.submit(sync.Copying().news, True).result(timeout=5)


def test_a_mirror_with_nothing_to_do_never_imports_mlflow(show: Show, project: Path) -> None:
    show()
    root = Path(mirror.__file__).parents[2]
    code = "import sys; from pipeline.tracking import mirror; mirror.main(); print('mlflow' in sys.modules)"
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}", "--follow"]
    done = subprocess.run(words, cwd=project, input="\n", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_comes_back_after_half_a_pass_is_not_taken_for_shown(show: Show) -> None:
    fake_store.evaluate(0.06)
    show()
    fake_store.evaluate(0.09)
    sync.copy(final=False)
    fake_store.evaluate(0.06)
    assert _is_news(final=True)
    stale = {run.data.metrics["test/error"]: run.data.tags["holdout.stale"] for run in show().stage("evaluate")}
    assert stale == {0.06: "false", 0.09: "true"}


def test_weights_that_come_after_their_certificate_are_news(show: Show, project: Path) -> None:
    fake_store.select()
    weights = project / "models/selected/model.npz"
    weights.rename(project / "aside")
    show()
    (project / "aside").rename(weights)
    assert _is_news(final=False)


def test_a_restored_sweep_is_filled(show: Show) -> None:
    found = show()
    (sweep,) = [run for run in found.stage("sweep") if run.data.tags["holdout.experiment"] == "baseline"]
    found.client.delete_run(sweep.info.run_id)
    _new_trial()
    show()
    found.client.restore_run(sweep.info.run_id)
    assert _is_news(final=True)
    assert show().trial("a9").info.status == "FINISHED"


def test_a_damaged_history_of_a_trial_that_is_shown_holds_up_nothing(show: Show) -> None:
    show()
    Path(".trials/b2/history.csv").write_text("epoch,train/loss\n1,?\n")
    assert _is_news(final=True)
    show()
    assert not _is_news(final=True)


@pytest.mark.parametrize("final", [False, True])
def test_files_that_vanish_meanwhile_are_a_reason_to_look_again(
    show: Show, monkeypatch: pytest.MonkeyPatch, final: bool
) -> None:
    """As those of a trial that takes its place just then do; ``final``: when nobody would look a third time."""
    _new_trial()
    ended, vanished = threading.Event(), []
    whole = Contents

    def contents(*before: Any) -> Contents:
        if not vanished:
            vanished.append(True)
            raise FileNotFoundError("published just now")
        ended.set()
        return whole(*before)

    monkeypatch.setattr(sync, "Contents", contents)
    if final:
        ended.set()
    mirror.follow(ended, interval=0.001)
    assert not _is_news(final=True)


def test_one_pass_reads_each_trial_once(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of an earlier sweep, and those that another process left running, too."""
    fake_store.record("baseline", "left", 3)
    fake_store.running_trial("left", 1)
    show()
    for key in ("a2", "left"):
        Path(f".trials/sweeps/baseline/{key}.json").unlink()
    fake_store.running_trial("left", 1, **fake_store.DEAD)
    for path in Path().glob("mlflow.db*"):
        path.unlink()
    read: list[str] = []
    monkeypatch.setattr(contents, "find_trial", lambda name, key: read.append(key) or find_trial(name, key))
    rebuild.rebuild()
    assert sorted(read) == ["a0", "a1", "a2", "b0", "b1", "b2", "left"]
    read.clear()
    _new_trial()
    sync.Copying().news(final=True)
    assert sorted(read) == ["a0", "a1", "a9", "b0", "b1", "b2"]
