"""A folder takes another's place at one moment, where the system can do that; else with a gap that a kill can hit."""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.sealing import landlock
from pipeline.storage import atomic
from pipeline.storage.swapping import swapped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux's")
CHANGES = ("fsync", "replace", "unlink", "rmdir")


@pytest.fixture(params=[True, False], ids=["swapped", "two renames"])
def able(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(atomic, "swapped", lambda one, other: False)
    return bool(request.param)


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    for name in ("a", "b"):
        (path / name).write_text(text)
    return path


def held(path: Path) -> list[str]:
    return sorted(file.read_text() for file in path.iterdir()) if path.is_dir() else []


def in_a_copy(work: Callable[[], object]) -> int:
    """Its exit status, negative for a signal: what binds the process or kills it leaves this one alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(moment: int, work: Callable[[], object]) -> bool:
    """Whether it was: before its ``moment``-th sync, rename or removal."""
    left = [moment]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return counting

    def counting() -> bool:
        for name in CHANGES:
            setattr(os, name, counted(getattr(os, name)))
        work()
        return True

    return in_a_copy(counting) == -signal.SIGKILL


def test_two_folders_trade_places(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert swapped(one, other)
    assert (held(one), held(other)) == (["2", "2"], ["1", "1"])
    assert not swapped(one, tmp_path / "nothing")
    assert held(one) == ["2", "2"]


@pytest.mark.parametrize("confined", [False, True], ids=["free", "confined"])
def test_a_folder_takes_anothers_place(tmp_path: Path, able: bool, confined: bool) -> None:
    """Landlock lets folders of one folder trade places with the rights that a stage has there."""
    if confined and not landlock.available():
        pytest.skip("needs Landlock")
    new, place = folder(tmp_path / "new", "new"), folder(tmp_path / "place", "old")

    def move() -> bool:
        if confined:
            landlock.restrict({tmp_path: landlock.WRITE | landlock.READ})
        if able:
            atomic._aside = None  # type: ignore[assignment]  # of no use where folders are swapped
        atomic.move(new, place)
        return True

    assert in_a_copy(move) == 0
    assert held(place) == ["new", "new"]
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_one(tmp_path: Path, able: bool) -> None:
    gaps = []
    for moment in range(100):
        here = tmp_path / str(moment)
        here.mkdir()
        new, place = folder(here / f".place.tmp-{atomic.HOST}-{2**22 + 1}", "new"), folder(here / "place", "old")
        killed = killed_at(moment, lambda new=new, place=place: atomic.move(new, place))
        if not killed:
            break
        gaps += [moment] if not place.exists() else []
        assert held(place) in ([], ["new", "new"], ["old", "old"])
    assert moment > 5
    assert len(gaps) == (0 if able else 1)


def test_an_audit_hook_sees_it(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")

    def seen() -> bool:
        events: list[Any] = []
        sys.addaudithook(lambda event, arguments: events.append(arguments) if event == "os.rename" else None)
        swapped(one, other)
        return events == [(str(one), str(other), -1, -1)]

    assert in_a_copy(seen) == 0


def test_a_trial_that_takes_a_damaged_ones_place_leaves_nothing_where_it_grew(tmp_path: Path) -> None:
    """Between folders nothing is swapped: what was replaced would be found where trials grow."""
    (tmp_path / "running").mkdir()
    grown, place = folder(tmp_path / "running" / "key", "new"), folder(tmp_path / "key", "old")
    for moment in range(100):
        killed = killed_at(moment, lambda: atomic.move(grown, place))
        assert held(grown) in ([], ["new", "new"]) and held(place) in ([], ["old", "old"], ["new", "new"])
        if not killed:
            break
        if not grown.exists():
            folder(grown, "new")
        if not place.exists():
            folder(place, "old")
    assert held(place) == ["new", "new"] and not grown.exists()
