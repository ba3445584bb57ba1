"""A search that stops trials early, killed at a change of the disk, ends with the same prunings and bytes once more."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.storage.places import TRIALS
from pipeline.trials import jobs, multiruns
from pipeline.trials.jobs import Job
from pipeline.trials.store import entries
from tests.trials.made import contents, data
from tests.trials.test_halving import begin, results, run

pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "open_split", data)


def in_a_process(work: Callable[[], object]) -> int:
    """Do it in a copy of this process; how that ended: its exit status, or minus the signal that killed it."""
    process = os.fork()
    if not process:
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def counted(limit: int, patch: pytest.MonkeyPatch) -> list[str]:
    """What is renamed from now on; at rename number ``limit`` this process is killed, before it if that is odd."""
    seen: list[str] = []
    replace = os.replace

    def renamed(source: Path, target: Path) -> None:
        seen.append(str(target))
        if len(seen) == limit and limit % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)
        if len(seen) == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    patch.setattr(os, "replace", renamed)
    return seen


def kept() -> dict[str, bytes]:
    """All that the store has of trials, but for when and where they were trained."""
    return {
        f"{entry.key}/{name}": content
        for entry in entries()
        for name, content in contents(entry.trial.folder).items()
        if name not in ("run.json", "checkpoint.npz")
    }


@pytest.mark.parametrize(
    ("sweeper", "every"),
    [
        ("halving", 29),
        pytest.param("halving", 1, marks=[pytest.mark.torture, pytest.mark.timeout(3000)]),
        pytest.param("asha", 1, marks=[pytest.mark.torture, pytest.mark.timeout(3000)]),
    ],
)
def test_wherever_it_is_killed_it_ends_alike(
    sweeper: str, every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "whole", monkeypatch, sweeper)
    with pytest.MonkeyPatch.context() as patch:
        changes = len(watched(patch))
    expected, stored = results(), kept()
    assert changes > 100
    places = range(1 + every // 2, changes + 1, every)
    for place in places:
        begin(tmp_path / f"killed{place}", monkeypatch, sweeper)
        assert in_a_process(lambda place=place: killed_at(place)) == -signal.SIGKILL  # type: ignore[misc]
        assert in_a_process(lambda: run(identity="2")) == 0
        assert results() == expected, f"killed at change {place} of {changes}"
        assert kept() == stored
        assert not list(TRIALS.glob("running/*/"))
    print(f"{len(places)} of {changes} changes of the disk: killed there, {sweeper} ended with the same bytes")


def watched(patch: pytest.MonkeyPatch) -> list[str]:
    seen = counted(0, patch)
    run()
    return seen


def killed_at(place: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        counted(place, patch)
        run()


@pytest.mark.parametrize("epoch", [3, 21, 33])  # while the first, the second and the last rung is trained
def test_ctrl_c_ends_it_and_the_same_command_goes_on(
    epoch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "whole", monkeypatch)
    run()
    expected, stored = results(), kept()
    begin(tmp_path / "interrupted", monkeypatch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiruns.Display, "follow", pressing(epoch))
        with pytest.raises(KeyboardInterrupt):
            run()
    assert not Path("experiments/early").exists()
    assert len(list(TRIALS.glob("running/*/"))) == {3: 2, 21: 3, 33: 1}[epoch]
    run(identity="2")
    assert (results(), kept()) == (expected, stored)


def pressing(epoch: int) -> Callable[..., None]:
    """Ctrl-C at the epoch of that number, of all trials together."""
    seen: list[int] = []

    def follow(display: object, job: Job, done: int) -> None:
        seen.append(done)
        if len(seen) == epoch:
            os.kill(os.getpid(), signal.SIGINT)

    return follow
