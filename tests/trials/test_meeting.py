"""Two processes that meet at one trial: nobody waits while there is other work, and without locks nothing is torn."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.configuration.settings import resolve
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials import claiming, crew, processes
from pipeline.trials.folder import CHECKPOINT, HISTORY, RUN, SETTINGS, grown
from pipeline.trials.jobs import Job
from pipeline.trials.keys import trial_key
from pipeline.trials.meeting import TrainedElsewhere
from pipeline.trials.store import entries
from pipeline.trials.trial import run_trial
from tests.project import ROOT
from tests.trials.made import CARD, contents, data, settings

FILES = ("settings.json", "summary.json", "history.csv", "model.npz", "errors.json")


@pytest.fixture(autouse=True)
def in_an_empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def key(rate: float, epochs: int = 3) -> str:
    return trial_key(resolve(settings(epochs, learning_rate=rate), CARD), data())


def job(number: int, rate: float) -> Job:
    return Job(number, "", (), settings(learning_rate=rate), 0, False, False)


def test_a_trial_that_another_process_trains_is_left_for_the_end() -> None:
    GROWING.mkdir(parents=True)
    other = FileLock(GROWING / f"{key(0.1)}.lock", thread_local=False)
    other.acquire()
    ended: list[float] = []

    def work(job: Job, tell: object, wait: bool) -> dict[str, object]:
        if wait:
            threading.Timer(0.2, other.release).start()
        summary = run_trial(job.settings, data(), wait=wait)
        ended.append(job.settings.optimizer.learning_rate)
        return summary

    found = list(crew.one_by_one([job(0, 0.1), job(1, 0.2), job(2, 0.3)], work, lambda job, epoch: None))
    assert ended == [0.2, 0.3, 0.1]
    assert [one.number for one, _ in found] == [1, 2, 0]


@pytest.mark.processes
def test_workers_leave_it_for_the_end_too() -> None:
    GROWING.mkdir(parents=True)
    other = FileLock(GROWING / f"{key(0.1)}.lock", thread_local=False)
    other.acquire()
    found = crew.trained_by_workers([job(n, rate) for n, rate in enumerate((0.1, 0.2, 0.3, 0.4))], 2, train, ignore, no)
    numbers = [next(found)[0].number for _ in range(3)]
    assert sorted(numbers) == [1, 2, 3]
    other.release()
    assert [one.number for one, _ in found] == [0]


def train(job: Job, tell: object, wait: bool) -> dict[str, object]:
    return run_trial(job.settings, data(), wait=wait)


def ignore(job: Job, epoch: int) -> None:
    pass


def no() -> bool:
    return False


def test_it_is_refused_at_once_where_nobody_shall_wait() -> None:
    GROWING.mkdir(parents=True)
    with FileLock(GROWING / f"{key(0.1)}.lock"), pytest.raises(TrainedElsewhere):
        run_trial(settings(learning_rate=0.1), data(), wait=False)
    assert run_trial(settings(learning_rate=0.1), data(), wait=False)["status"] == "finished"


# Trains one trial while another process does the same, with locks that hold nothing; at each epoch they wait for the
# other, so that both write all the time.
UNLOCKED = """
import sys, time, signal
from pathlib import Path
sys.path.insert(0, {root!r})
from pipeline.trials import meeting, trial
from tests.trials.made import data, settings

class Nothing:
    def __init__(self, path): pass
    def acquire(self, **how): pass
    def release(self): pass

meeting.FileLock = Nothing
name = sys.argv[1]
folders = [0]

def follow(epoch, record):
    Path(f"{{name}}-{{epoch}}").touch()
    until = time.monotonic() + {patience}
    while not (len(list(Path().glob(f"*-{{epoch}}"))) > 1 or list(Path().glob("*-done"))) and time.monotonic() < until:
        time.sleep(0.01)
    folders.append(len([path for path in Path(".trials/running").glob("[0-9a-f]*") if path.is_dir()]))

summary = trial.run_trial(settings({epochs}, learning_rate=0.1), data(), follow, checkpoint_seconds=1e-9)
Path(f"{{name}}-done").touch()
print(summary["model_sha256"], max(folders))
"""


def without_locks(epochs: int, patience: float = 30) -> str:
    return textwrap.dedent(UNLOCKED.format(root=str(ROOT), epochs=epochs, patience=patience))


def start(program: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE, text=True)


def alone(epochs: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the trial comes to by itself."""
    folder.mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(folder)
        run_trial(settings(epochs, learning_rate=0.1), data())
    return files(folder / TRIALS / key(0.1, epochs))


def files(folder: Path) -> dict[str, bytes]:
    found = {name: content for name, content in contents(folder).items() if name in FILES}
    assert len(found) == len(FILES)
    return found


@pytest.mark.processes
def test_without_locks_two_train_the_same_bytes_in_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [start(without_locks(8), name) for name in ("one", "two")]
    said = [process.communicate(timeout=100)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0][0] == said[1][0]
    assert "2" in (said[0][1], said[1][1])  # folders at the same time
    assert files(TRIALS / key(0.1, 8)) == alone(8, tmp_path / "alone", monkeypatch)
    assert [entry.trial.status for entry in entries()] == ["finished"]
    assert not [path for path in GROWING.iterdir() if path.suffix != ".lock"]


@pytest.mark.processes
def test_without_locks_two_go_on_from_what_a_killed_one_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = without_locks(8, patience=0).replace(
        "until =", "epoch == 4 and signal.raise_signal(signal.SIGKILL); until ="
    )
    killed = start(program, "killed")
    killed.communicate(timeout=100)
    assert killed.returncode == -signal.SIGKILL
    place = grown(key(0.1, 8))
    assert place is not None and (place / CHECKPOINT).exists()
    both = [start(without_locks(8), name) for name in ("one", "two")]
    for process in both:
        process.communicate(timeout=100)
    assert [process.returncode for process in both] == [0, 0]
    assert files(TRIALS / key(0.1, 8)) == alone(8, tmp_path / "alone", monkeypatch)
    run = json.loads((TRIALS / key(0.1, 8) / RUN).read_text())
    assert run["resumed_after"] is not None
    assert not [path for path in GROWING.iterdir() if path.suffix != ".lock"]


def of_another_host(name: str) -> None:
    (GROWING / name / RUN).write_text(json.dumps({"host": "elsewhere", "pid": 1, "process_start": 1.0}))


def test_what_another_host_grows_is_copied_and_not_written_to() -> None:
    name = key(0.1)
    (GROWING / name).mkdir(parents=True)
    of_another_host(name)
    (GROWING / name / SETTINGS).write_text('{"seed": 1}')
    (GROWING / name / HISTORY).write_text("epoch,a\n1,2\n")
    own = claiming.claim(name)
    assert own.name.startswith(f"{name}.") and (own / HISTORY).read_text() == "epoch,a\n1,2\n"
    assert claiming.claim(name) == own
    os.utime(own / HISTORY, (2**40, 2**40))
    assert grown(name) == own
    assert [entry.key for entry in entries()] == [name]


def test_what_a_process_has_left_is_taken_over_from_any_host() -> None:
    name = key(0.1)
    (GROWING / name).mkdir(parents=True)
    run = {"host": "elsewhere", "pid": 1, "process_start": 1.0, processes.LEFT: "2026-01-01", "started": "before"}
    (GROWING / name / RUN).write_text(json.dumps(run))
    assert claiming.claim(name) == GROWING / name
    taken = json.loads((GROWING / name / RUN).read_text())
    assert processes.is_this(taken) and taken["started"] == "before" and taken["pid"] == os.getpid()


def test_a_trial_that_ends_with_an_error_is_left() -> None:
    def full(epoch: int, record: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run_trial(settings(learning_rate=0.1), data(), full, checkpoint_seconds=1e-9)
    assert json.loads((GROWING / key(0.1) / RUN).read_text())[processes.LEFT]
